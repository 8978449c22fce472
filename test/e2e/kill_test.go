package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"tocsin.example/internal/testx"
)

// sender posts alerts of its own and remembers what was acknowledged.
type sender struct {
	s     *server
	token string

	mu    sync.Mutex
	sent  int
	acked map[string]string // uuid to the ID that the server answered
}

// alert is the body of alert number n, which is about an address of its own.
func alert(n int) (uuid string, body []byte) {
	uuid = fmt.Sprintf("7a5c1b00-0000-8000-8000-%012x", n)
	now := time.Now().UTC().Format(time.RFC3339)
	ip := fmt.Sprintf("198.%d.%d.%d", 18+n>>16, n>>8&255, n&255)
	body, err := json.Marshal([]any{map[string]any{
		"uuid": uuid, "scenario": "test/kill", "scenario_hash": "", "scenario_version": "", "message": "one of many", "events_count": 1,
		"start_at": now, "stop_at": now, "capacity": 0, "leakspeed": "0s", "simulated": false, "remediation": true,
		"events": []any{}, "source": map[string]string{"scope": "Ip", "value": ip, "ip": ip},
	}})
	if err != nil {
		panic(err) // a map of texts always has a JSON form
	}
	return uuid, body
}

// post sends an alert and returns the ID that is answered, "" when nothing was acknowledged.
func (d *sender) post(t *testing.T, body []byte) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.s.url()+"/v1/alerts", bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return ""
	}
	r.Header.Set("Authorization", "Bearer "+d.token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "" // the server is being killed
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	var ids []string
	if err != nil || answer.StatusCode != http.StatusCreated || json.Unmarshal(text, &ids) != nil || len(ids) != 1 {
		return ""
	}
	return ids[0]
}

// send posts alerts until stop is closed.
func (d *sender) send(t *testing.T, stop <-chan struct{}) {
	t.Helper()
	for {
		select {
		case <-stop:
			return
		default:
		}
		d.mu.Lock()
		n := d.sent
		d.sent++
		d.mu.Unlock()
		uuid, body := alert(n)
		if id := d.post(t, body); id != "" {
			d.mu.Lock()
			d.acked[uuid] = id
			d.mu.Unlock()
		}
	}
}

// TestKilled holds that a server that is killed at any moment has lost nothing that it acknowledged, and has nothing
// twice.
func TestKilled(t *testing.T) {
	kills := 5
	if testx.Soak() {
		kills = 50
	}
	s := start(t, "")
	s.cli("machines", "add", "sender", "--password", "correct-horse-battery", "-f", "-")
	key := s.key("watcher")
	d := &sender{s: s, acked: map[string]string{}}
	login, err := http.Post(s.url()+"/v1/watchers/login", "application/json", //nolint:noctx // before there is trouble
		bytes.NewReader([]byte(`{"machine_id": "sender", "password": "correct-horse-battery", "scenarios": []}`)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = login.Body.Close() }()
	var told struct{ Token string }
	if err := json.NewDecoder(login.Body).Decode(&told); err != nil || told.Token == "" {
		t.Fatalf("login: status %d, %v", login.StatusCode, err)
	}
	d.token = told.Token // it outlives the server: the key that signed it is in the store
	live := map[string]bool{}
	follow := func(query string) {
		t.Helper()
		status, body := get(t, s.url()+"/v1/decisions/stream"+query, "X-Api-Key", key)
		var delta struct{ New, Deleted []struct{ Value string } }
		if err := json.Unmarshal([]byte(body), &delta); status != http.StatusOK || err != nil {
			t.Fatalf("stream%s: status %d, %v", query, status, err)
		}
		for _, n := range delta.New {
			live[n.Value] = true
		}
		if len(delta.Deleted) > 0 {
			t.Errorf("deleted: %v", delta.Deleted)
		}
	}
	follow("?startup=true")
	for range kills {
		stop := make(chan struct{})
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { d.send(t, stop) })
		}
		<-time.After(time.Duration(rand.IntN(700)) * time.Millisecond)
		s.process.signal(syscall.SIGKILL)
		<-s.process.done
		close(stop)
		all.Wait()
		s.begin()
		follow("")
	}
	if len(d.acked) < kills {
		t.Fatalf("only %d alerts were acknowledged", len(d.acked))
	}
	d.check(t, live)
}

// check compares what the server has with what it acknowledged, and with what a bouncer was told over all the deltas.
func (d *sender) check(t *testing.T, live map[string]bool) {
	t.Helper()
	_, body := get(t, d.s.url()+"/v1/alerts?limit=0", "Authorization", "Bearer "+d.token)
	var alerts []struct {
		ID        int64
		UUID      string
		Decisions []struct{ Value, Duration string }
	}
	if err := json.Unmarshal([]byte(body), &alerts); err != nil {
		t.Fatalf("alerts: %v: %.300s", err, body)
	}
	kept := map[string]string{}
	for _, a := range alerts {
		if kept[a.UUID] != "" {
			t.Errorf("alert %s is there twice", a.UUID)
		}
		kept[a.UUID] = strconv.FormatInt(a.ID, 10)
		if len(a.Decisions) != 1 || !live[a.Decisions[0].Value] {
			t.Errorf("alert %s has the decisions %v; the bouncer was told of them: %v", a.UUID, a.Decisions, len(a.Decisions) == 1)
		}
	}
	if len(live) != len(alerts) {
		t.Errorf("%d alerts, but the bouncer knows %d decisions", len(alerts), len(live))
	}
	for uuid, id := range d.acked {
		if kept[uuid] != id {
			t.Errorf("alert %s was acknowledged as %s and is there as %q", uuid, id, kept[uuid])
		}
	}
	for n := range d.sent { // a sender that was not answered sends again
		uuid, body := alert(n)
		id := d.post(t, body)
		if was := kept[uuid]; id == "" || was != "" && id != was {
			t.Errorf("alert %s, sent again, is answered %q and was %q", uuid, id, was)
		}
	}
	t.Logf("%d alerts, %d of them acknowledged, %d sent", len(alerts), len(d.acked), d.sent)
}
