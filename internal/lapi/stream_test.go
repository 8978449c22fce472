package lapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tocsin.example/internal/store"
)

// shown is a stream's answer in short: "+value type" and "-value type", in order.
func shown(t testing.TB, body string) string {
	t.Helper()
	var s struct {
		New, Deleted []struct{ Value, Type, Duration string }
	}
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	var out []string
	for _, d := range s.New {
		out = append(out, "+"+d.Value+" "+d.Type)
	}
	for _, d := range s.Deleted {
		out = append(out, "-"+d.Value+" "+d.Type)
	}
	return strings.Join(out, ", ")
}

func (w *world) pull(query, want string) string {
	w.t.Helper()
	a := w.do("GET", "/v1/decisions/stream"+query, w.bouncerOf(), "")
	if a.code != http.StatusOK {
		w.t.Fatalf("stream%s: %v", query, a)
	}
	if got := shown(w.t, a.body); got != want {
		w.t.Errorf("stream%s: %s\nwant %s", query, got, want)
	}
	return a.body
}

func TestStream(t *testing.T) {
	w := newWorld(t)
	a := w.asBouncer("/v1/decisions/stream?startup=true", `200 {"new": [], "deleted": []}`)
	if a.header.Get("Content-Type") != "application/json" || a.header.Get("Content-Encoding") != "" {
		t.Errorf("headers: %v", a.header)
	}
	w.ban("Ip 192.0.2.10 ban 1h", "Ip 192.0.2.10 ban 24h crowdsec a/ssh-bf", "range 198.51.100.0/24 ban 4h", "Country FR ban 4h", "Ip 2001:db8::1 captcha 5s", "username bob mfa 1h")
	w.pull("", "+192.0.2.10 ban, +198.51.100.0/24 ban, +2001:db8::1 captcha")
	w.pull("", "")
	w.pull("?startup=true", "+192.0.2.10 ban, +198.51.100.0/24 ban, +2001:db8::1 captcha")
	w.pull("?startup=TRUE&scopes=ip,country", "+192.0.2.10 ban, +FR ban, +2001:db8::1 captcha")
	w.pull("?startup=1&scope=username", "+bob mfa")
	w.pull("?startup=true&dedup=false&type=ban", "+192.0.2.10 ban, +192.0.2.10 ban, +198.51.100.0/24 ban")
	w.pull("?startup=true&origins=crowdsec", "+192.0.2.10 ban")
	w.pull("?startup=true&scenarios_containing=ssh", "+192.0.2.10 ban")
	w.pull("?startup=true&scenarios_not_containing=ssh&simulated=true", "+192.0.2.10 ban, +198.51.100.0/24 ban, +2001:db8::1 captcha")
	w.pull("?startup=true&ip=198.51.100.3", "+198.51.100.0/24 ban")
	w.pull("?startup=true&range=198.51.0.0/16&contains=false", "+198.51.100.0/24 ban")
	w.pull("?startup=true&value=192.0.2.10", "+192.0.2.10 ban")
	w.pull("?startup=maybe", "")
	w.clock.add(6 * time.Second)
	w.pull("", "-2001:db8::1 captcha")
	w.asMachine("DELETE", "/v1/decisions/1", "", `200 {"nbDeleted":"1"}`)
	w.pull("", "") // a longer one of the same is in force
	w.asMachine("DELETE", "/v1/decisions?value=192.0.2.10", "", `200 {"nbDeleted":"1"}`)
	body := w.pull("", "-192.0.2.10 ban")
	if !strings.Contains(body, `"duration":"0s"`) {
		t.Errorf("what is over has time left: %s", body)
	}
	w.asBouncer("/v1/decisions/stream?ip=zzz", "400 ...")
	w.asBouncer("/v1/decisions/stream?dedup=maybe", "400 ...")
}

// The reference does not tell: bouncers go on blocking.
func TestStreamTellsOfDeletedAlerts(t *testing.T) {
	w := newWorld(t)
	w.ban("Ip 192.0.2.10 ban 1h")
	w.pull("?startup=true", "+192.0.2.10 ban")
	w.asMachine("DELETE", "/v1/alerts/1", "", `200 {"nbDeleted":"1"}`)
	w.pull("", "-192.0.2.10 ban")
}

// A live look-up leaves the cursor of the stream alone.
func TestLookUpsDoNotMoveTheStream(t *testing.T) {
	w := newWorld(t)
	w.pull("?startup=true", "")
	w.ban("Ip 192.0.2.10 ban 1h")
	w.clock.add(2 * time.Minute)
	w.asBouncer("/v1/decisions?ip=192.0.2.10", "200 ...")
	w.do("HEAD", "/v1/decisions/stream", w.bouncerOf(), "")
	w.pull("", "+192.0.2.10 ban")
}

// What was not saved is sent again after a crash, what was is not; after a stop nothing is.
func TestCursorsOutliveTheServer(t *testing.T) {
	w := newWorld(t)
	o := w.lapi.o
	w.pull("?startup=true", "")
	w.ban("Ip 192.0.2.10 ban 1h")
	w.pull("", "+192.0.2.10 ban")
	w.stop()
	w.serve(o)
	w.pull("", "")
	if err := w.lapi.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.ban("Ip 192.0.2.11 ban 1h")
	w.pull("", "+192.0.2.11 ban")
	crashed, err := New(t.Context(), o) // as if the other had not saved its last pull
	if err != nil {
		t.Fatal(err)
	}
	w.lapi.stop()
	w.stop()
	_ = crashed
}

// One key from several addresses has a cursor for each.
func TestAKeyFromSeveralAddresses(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.TrustedProxies = prefixes("127.0.0.0/8") })
	w.ban("Ip 192.0.2.10 ban 1h")
	from := func(ip, want string) {
		t.Helper()
		h := w.bouncerOf()
		h["X-Forwarded-For"] = ip
		a := w.do("GET", "/v1/decisions/stream", h, "")
		if got := shown(t, a.body); got != want {
			t.Errorf("from %s: %s, want %s", ip, got, want)
		}
	}
	from("10.0.0.1", "+192.0.2.10 ban")
	from("10.0.0.2", "+192.0.2.10 ban")
	from("10.0.0.1", "")
	from("10.0.0.2", "")
	from("9.9.9.9, 10.0.0.3", "+192.0.2.10 ban") // the right-most is what the proxy saw
	from("10.0.0.3, 127.0.0.1", "")
	rows, err := w.lapi.Watch().Bouncers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%s %s %s %s %s", r.Name, r.Parent, r.IP, r.Type, r.Version))
	}
	want := "b1  10.0.0.1 test 1|b1@10.0.0.2 b1 10.0.0.2 test 1|b1@10.0.0.3 b1 10.0.0.3 test 1"
	if strings.Join(got, "|") != want {
		t.Errorf("rows %s\nwant %s", strings.Join(got, "|"), want)
	}
	for _, r := range rows {
		if !r.LastPull.Equal(began) || !r.LastSeen.Equal(began) || r.Cursor.Seq == 0 {
			t.Errorf("what use changed is not in the store: %+v", r)
		}
	}
}

func TestAddressesOfAKeyAreBounded(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.TrustedProxies, o.MaxPerKey = prefixes("127.0.0.0/8"), 3 })
	for i := range 10 {
		h := w.bouncerOf()
		h["X-Forwarded-For"] = fmt.Sprint("10.0.0.", i)
		w.clock.add(time.Minute)
		w.do("GET", "/v1/decisions/stream", h, "")
	}
	rows, err := w.store.Bouncers(t.Context())
	if err != nil || len(rows) != 4 || w.lapi.bouncers.size() != 4 {
		t.Errorf("%d rows, %d in memory, %v", len(rows), w.lapi.bouncers.size(), err)
	}
}

// A key that is taken away is void when the administrator's call returns, and ends its push streams.
func TestDeletedBouncer(t *testing.T) {
	w := newWorld(t)
	admin := w.lapi.Watch()
	added, err := admin.AddBouncer(t.Context(), store.Bouncer{Name: "b2", KeyHash: hashKey("another-key"), AuthType: "api-key"})
	if err != nil || added.ID == 0 {
		t.Fatal(added, err)
	}
	w.key = "another-key"
	w.asBouncer("/v1/decisions", "200 null")
	s := w.push("", nil)
	s.next()
	if err := admin.DeleteBouncer(t.Context(), "b2"); err != nil {
		t.Fatal(err)
	}
	w.asBouncer("/v1/decisions", `403 {"message":"access forbidden"}`)
	s.ended()
	// One that somebody else added is known at once, and one that somebody else deleted is not for long.
	if _, err := w.store.AddBouncer(t.Context(), store.Bouncer{Name: "b3", KeyHash: strings.ToUpper(hashKey("third-key"))}); err != nil {
		t.Fatal(err)
	}
	w.clock.add(missEvery)
	w.key = "third-key"
	w.asBouncer("/v1/decisions", "200 null")
	if err := w.store.DeleteBouncer(t.Context(), "b3"); err != nil {
		t.Fatal(err)
	}
	w.clock.add(w.lapi.o.Refresh)
	w.asBouncer("/v1/decisions", "200 null") // this one notices
	w.asBouncer("/v1/decisions", `403 {"message":"access forbidden"}`)
}

// late is a client that takes the first piece of an answer, and no more before something has happened.
type late struct {
	*httptest.ResponseRecorder
	meanwhile func()
}

func (l *late) Write(b []byte) (int, error) {
	if l.meanwhile != nil {
		l.meanwhile()
		l.meanwhile = nil
	}
	return l.ResponseRecorder.Write(b)
}

// A delta that is taken so slowly that ends are forgotten meanwhile is cut off, and comes again as everything.
func TestStreamTooLate(t *testing.T) {
	w := newWorld(t)
	w.ban("Ip 192.0.2.1 ban 2s")
	w.pull("?startup=true", "+192.0.2.1 ban")
	list := make([]string, 1000)
	for i := range list {
		list[i] = fmt.Sprintf("Ip 198.51.%d.%d ban 24h", i>>8, i&255)
	}
	w.ban(list...)
	w.clock.add(5 * time.Second)
	forget := func() {
		w.index.Expire(w.clock.now())
		for m := range 62 {
			w.index.Expire(w.clock.now().Add(time.Duration(m) * time.Minute))
		}
	}
	k := w.lapi.bouncers.byName["b1"]
	before := k.cursor()
	func() {
		defer func() {
			if p := recover(); p != any(http.ErrAbortHandler) {
				t.Errorf("the answer is not cut off: %v", p)
			}
		}()
		r := w.request(t.Context(), "GET", "/v1/decisions/stream", w.bouncerOf(), "")
		r.RemoteAddr = "127.0.0.1:5000"
		w.lapi.Handler().ServeHTTP(&late{httptest.NewRecorder(), forget}, r)
	}()
	if after := k.cursor(); after != before {
		t.Errorf("the cursor moved from %v to %v", before, after)
	}
}
