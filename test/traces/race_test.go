package traces

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The reference lost 7,000 of 30,000 decisions to a client that polled while they were inserted in one alert. Ours loses
// none, and tells none twice.
func TestDeltaRace(t *testing.T) {
	const n, batch = 30_000, 10_000
	start := time.Date(2026, 11, 22, 10, 30, 36, 0, time.UTC)
	s := newSite(t, start, "key")
	login := s.do("POST", "/v1/watchers/login", nil, fmt.Sprintf(`{"machine_id":%q,"password":%q}`, machine, password))
	bearer := http.Header{"Authorization": {"Bearer " + tokenOf(login.body)}}
	key := http.Header{"X-Api-Key": {"key"}}
	seen := map[string]int{}
	poll := func() {
		t.Helper()
		for _, d := range readStream(t, s.do("GET", "/v1/decisions/stream", key, "").body).New {
			seen[d.Value]++
		}
	}
	poll()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for from := 0; from < n; from += batch {
			var list []string
			for i := from; i < from+batch; i++ {
				list = append(list, fmt.Sprintf(`{"scope":"Ip","value":"10.%d.%d.%d","type":"ban","duration":"4h","origin":"cscli","scenario":"x"}`, i>>16, i>>8&255, i&255))
			}
			body := `[{"scenario":"x","scenario_hash":"","scenario_version":"","message":"","events_count":1,"start_at":"2026-11-22T10:30:36Z","stop_at":"2026-11-22T10:30:36Z",` +
				`"capacity":0,"leakspeed":"0","simulated":false,"events":[],"source":{"scope":"Ip","value":"10.0.0.1"},"decisions":[` + strings.Join(list, ",") + `]}]`
			if a := s.do("POST", "/v1/alerts", bearer, body); a.status != http.StatusCreated {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		poll()
	}
	if len(seen) != n {
		t.Errorf("%d of %d decisions were told", len(seen), n)
	}
	for v, k := range seen {
		if k != 1 {
			t.Errorf("%s was told %d times", v, k)
		}
	}
}
