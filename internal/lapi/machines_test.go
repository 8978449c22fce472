package lapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"tocsin.example/internal/store"
)

func TestLogin(t *testing.T) {
	w := newWorld(t)
	f := func(body, want string) {
		t.Helper()
		w.wants(w.do("POST", "/v1/watchers/login", header{"Authorization": "Bearer ", "User-Agent": "no slash"}, body), want)
	}
	f(`x`, `400 {"message":"invalid character 'x' looking for beginning of value"}`)
	f(``, `400 {"message":"unexpected EOF"}`)
	f(`{}`, `400 {"message":"validation failure list:\nmachine_id in body is required\npassword in body is required"}`)
	// Whether a machine exists is not told.
	f(`{"machine_id":"ghost","password":"x"}`, `401 {"code":401,"message":"incorrect Username or Password"}`)
	f(`{"machine_id":"m1","password":"x"}`, `401 {"code":401,"message":"incorrect Username or Password"}`)
	f(`{"machine_id":"m1","password":"`+password+`","scenarios":null}`, `200 {"code":200,"expire":"2026-11-22T11:30:36Z","token":"...`)
	f(`{"machine_id":"m1","password":"`+password+`","scenarios":{}}`, `200 ...`)
	row, err := w.store.Machine(t.Context(), "m1")
	if err != nil || row.IP != "127.0.0.1" || !row.LastLogin.Equal(began) {
		t.Errorf("%+v, %v", row, err)
	}
	a := w.do("POST", "/v1/watchers/login", header{"User-Agent": "a/b/c"}, `{"machine_id":"m1","password":"x"}`)
	if a.header.Get("WWW-Authenticate") == "" {
		t.Errorf("headers %v", a.header)
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	f := func(h header, want string) {
		t.Helper()
		w.wants(w.do("GET", "/v1/heartbeat", h, ""), want)
	}
	good := w.machineOf()
	f(good, "200 ")
	f(header{"Cookie": "jwt=" + w.token}, "200 ")
	f(header{"Authorization": "bearer " + w.token, apiKey: "x"}, "200 ")
	f(nil, `401 {"code":401,"message":"cookie token is empty"}`)
	f(header{"Authorization": "Basic eDp5"}, `401 {"code":401,"message":"cookie token is empty"}`)
	f(header{"Authorization": "Bearer x.y.z"}, `401 {"code":401...`)
	f(header{apiKey: theKey}, `401 {"code":401,"message":"cookie token is empty"}`)
	// Another algorithm, another key.
	f(header{"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJpZCI6Im0xIiwiZXhwIjo5OTk5OTk5OTk5fQ."}, `401 {"code":401...`)
	other := newTokens([]byte(strings.Repeat("k", 64)), time.Hour, w.clock.now)
	forged, _, err := other.issue("m1", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	f(header{"Authorization": "Bearer " + forged}, `401 {"code":401...`)
	nobody, _, err := w.lapi.tokens.issue("", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	f(header{"Authorization": "Bearer " + nobody}, `401 {"code":401,"message":"the token names no machine"}`)
	w.asBouncer("/v1/decisions", "200 null")
	w.wants(w.do("GET", "/v1/decisions", good, ""), `403 {"message":"access forbidden"}`)

	w.clock.add(50 * time.Minute)
	a := w.asMachine("GET", "/v1/refresh_token", "", `200 {"code":200,"expire":"2026-11-22T12:20:36Z"...`)
	w.clock.add(11 * time.Minute)
	f(good, `401 {"code":401...`)
	var renewed struct{ Token string }
	if err := json.Unmarshal([]byte(a.body), &renewed); err != nil {
		t.Fatal(err)
	}
	f(header{"Authorization": "Bearer " + renewed.Token}, "200 ")
	if err := w.lapi.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if row, err := w.store.Machine(t.Context(), "m1"); err != nil || !row.LastHeartbeat.Equal(w.clock.now()) {
		t.Errorf("heartbeat: %+v, %v", row, err)
	}
}

// A token is void as soon as the machine is deleted, its epoch raised, or its validation withdrawn.
func TestTokensAreVoid(t *testing.T) {
	w := newWorld(t)
	admin := w.lapi.Watch()
	good := w.machineOf()
	w.wants(w.do("GET", "/v1/heartbeat", good, ""), "200 ")
	if err := admin.ChangeMachine(t.Context(), "m1", func(m *store.Machine) error { m.Epoch++; return nil }); err != nil {
		t.Fatal(err)
	}
	w.wants(w.do("GET", "/v1/heartbeat", good, ""), `401 {"code":401,"message":"the token is no longer good: log in again"}`)
	w.token = ""
	good = w.machineOf()
	w.wants(w.do("DELETE", "/v1/watchers/self", good, ""), "204 ")
	w.wants(w.do("GET", "/v1/heartbeat", good, ""), "401 ...")
	w.wants(w.do("DELETE", "/v1/watchers/self", good, ""), "401 ...")
	if err := admin.AddMachine(t.Context(), store.Machine{Name: "m2", PasswordHash: passwordHash(), Validated: true}); err != nil {
		t.Fatal(err)
	}
	w.token = w.login("m2", password)
	w.asMachine("GET", "/v1/heartbeat", "", "200 ")
	if err := admin.DeleteMachine(t.Context(), "m2"); err != nil {
		t.Fatal(err)
	}
	w.asMachine("GET", "/v1/heartbeat", "", "401 ...")
}

// Tokens outlive a restart: the key is in the store.
func TestTokensOutliveTheServer(t *testing.T) {
	w := newWorld(t)
	o := w.lapi.o
	w.machineOf()
	w.stop()
	w.serve(o)
	w.asMachine("GET", "/v1/heartbeat", "", "200 ")
	o.SigningKey = []byte(strings.Repeat("s", 64))
	w.stop()
	w.serve(o)
	w.asMachine("GET", "/v1/heartbeat", "", "401 ...")
}

func TestRegister(t *testing.T) {
	const token = "0123456789abcdef0123456789abcdef"
	w := newWorld(t, func(o *Options) {
		o.AutoRegistration = AutoRegistration{Token: token, Ranges: prefixes("127.0.0.0/8")}
		o.TrustedProxies = prefixes("127.0.0.1/32")
		o.MaxPending = 2
		o.NoRegistration = true
	})
	f := func(body, want string) {
		t.Helper()
		w.wants(w.do("POST", "/v1/watchers", nil, body), want)
	}
	login := func(name, want string) {
		t.Helper()
		w.wants(w.do("POST", "/v1/watchers/login", nil, fmt.Sprintf(`{"machine_id":%q,"password":"pw"}`, name)), want)
	}
	f(`{"machine_id":"pend1","password":"pw"}`, "201 ")
	f(`{"machine_id":"pend1","password":"pw"}`, `403 {"message":"user 'pend1': user already exist"}`)
	login("pend1", `401 {"code":401,"message":"machine pend1 not validated"}`)
	f(`{"machine_id":"x"}`, `422 {"message":"validation failure list:\npassword in body is required"}`)
	f(`{`, `400 {"message":"unexpected EOF"}`)
	f(`{"machine_id":"a","password":"pw","registration_token":"ffffffffffffffffffffffffffffffff"}`, `401 {"message":"invalid token for auto registration"}`)
	f(`{"machine_id":"a","password":"pw","registration_token":"short"}`, `422 ...`)
	f(`{"machine_id":"a\u0000b","password":"pw"}`, `422 ...`)
	f(`{"machine_id":"auto1","password":"pw","registration_token":"`+token+`"}`, "202 ")
	login("auto1", "200 ...")
	far := header{"X-Forwarded-For": "192.0.2.1"}
	w.wants(w.do("POST", "/v1/watchers", far, `{"machine_id":"a","password":"pw","registration_token":"`+token+`"}`), `401 ...`)
	w.wants(w.do("POST", "/v1/watchers", far, `{"machine_id":"a","password":"pw"}`), `403 {"message":"remote registration is disabled"}`)
	f(`{"machine_id":"pend2","password":"pw"}`, "201 ")
	f(`{"machine_id":"pend3","password":"pw"}`, `403 {"message":"2 machines wait to be validated: validate or delete some first"}`)
	row, err := w.store.Machine(t.Context(), "auto1")
	if err != nil || !strings.HasPrefix(row.PasswordHash, "$argon2id$v=19$") {
		t.Errorf("%+v, %v", row, err)
	}
}

// Passwords of an import are bcrypt; after the first login they are ours.
func TestImportedPassword(t *testing.T) {
	w := newWorld(t)
	old, err := bcrypt.GenerateFromPassword([]byte("pw"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.AddMachine(t.Context(), store.Machine{Name: "old", PasswordHash: string(old), Validated: true}); err != nil {
		t.Fatal(err)
	}
	w.wants(w.do("POST", "/v1/watchers/login", nil, `{"machine_id":"old","password":"no"}`), "401 ...")
	w.login("old", "pw")
	row, err := w.store.Machine(t.Context(), "old")
	if err != nil || !strings.HasPrefix(row.PasswordHash, "$argon2id$") {
		t.Errorf("%+v, %v", row, err)
	}
	w.login("old", "pw")
}

func TestPasswords(t *testing.T) {
	p := newPasswords()
	f := func(hash, password string, want bool, fault string) {
		t.Helper()
		ok, err := p.check(t.Context(), hash, password)
		if got := fmt.Sprint(err); ok != want || got != fault {
			t.Errorf("check(%q, %q) = %v, %s, want %v, %s", hash, password, ok, got, want, fault)
		}
	}
	f(passwordHash(), password, true, "<nil>")
	f(passwordHash(), "x", false, "<nil>")
	f("", "x", false, "<nil>")
	f("", "", false, "<nil>")
	damaged := errHash.Error()
	f("plain", "plain", false, damaged)
	f("$argon2id$v=19$m=999999999,t=2,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA", "x", false, damaged) // 1 TB
	f("$argon2id$v=19$m=64,t=2,p=1$AAAA$AA", "x", false, damaged)                              // nearly any password fits
	f("$argon2id$v=18$m=64,t=2,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA", "x", false, damaged)
	f("$2a$31$AAAAAAAAAAAAAAAAAAAAAuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x", false, damaged) // hours
}

// Guessing is slowed down by machine, address, and both; where the machine is usually, it is let in.
func TestLoginsAreSlowedDown(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.TrustedProxies = prefixes("127.0.0.1/32"); o.FailuresBurst = 10_000 })
	try := func(ip, machine, password string) int {
		t.Helper()
		a := w.do("POST", "/v1/watchers/login", header{"X-Forwarded-For": ip}, fmt.Sprintf(`{"machine_id":%q,"password":%q}`, machine, password))
		if a.code == http.StatusTooManyRequests && a.header.Get("Retry-After") == "" {
			t.Error("it is not said how long to wait")
		}
		return a.code
	}
	until429 := func(ip func(int) string, machine string) int {
		t.Helper()
		for i := range 100 {
			if try(ip(i), machine, "guess") == http.StatusTooManyRequests {
				return i
			}
		}
		return -1
	}
	here := func(string) func(int) string { return func(int) string { return "192.0.2.1" } }
	if c := try("192.0.2.100", "m1", password); c != http.StatusOK {
		t.Fatal(c)
	}
	if n := until429(here(""), "ghost"); n != freeByPair+1 {
		t.Errorf("by pair: %d tries", n)
	}
	if n := until429(func(i int) string { return fmt.Sprintf("2001:db8:0:%x::1", i) }, "m1"); n != freeByMachine+1 {
		t.Errorf("by machine: %d tries", n)
	}
	if c := try("192.0.2.2", "m1", password); c != http.StatusTooManyRequests {
		t.Errorf("a machine that is guessed at, from a new address: %d", c)
	}
	if c := try("192.0.2.100", "m1", password); c != http.StatusOK {
		t.Errorf("from where it is usually: %d", c)
	}
	w.clock.add(peace + time.Second)
	if c := try("192.0.2.2", "m1", password); c != http.StatusOK {
		t.Errorf("after peace: %d", c)
	}
	if c := try("192.0.2.1", "ghost", "guess"); c != http.StatusUnauthorized {
		t.Errorf("after peace: %d", c)
	}
}

func TestStrikes(t *testing.T) {
	l := newLogins()
	ip := prefixes("2001:db8::5/128")[0].Addr()
	now := began
	var waits []string
	for range freeByPair + 12 {
		l.failed(now, ip, "m")
		waits = append(waits, l.wait(now, ip, "m", true).String())
	}
	got := strings.Join(waits[freeByPair-1:], " ")
	if want := "0s 1s 2s 4s 8s 16s 32s 1m4s 2m8s 4m16s 5m0s 5m0s 5m0s"; got != want {
		t.Errorf("waits %s, want %s", got, want)
	}
	if w := l.wait(now.Add(-24*time.Hour), ip, "m", true); w > longestWait {
		t.Errorf("after the clock was set back: %s", w)
	}
	for i := range 3 * maxThrottled / 2 {
		l.failed(now, prefixes(fmt.Sprintf("%d.%d.%d.0/32", i>>16, i>>8&255, i&255))[0].Addr(), itoa(i))
	}
	if len(l.byAddress) > maxThrottled || len(l.byMachine) > maxThrottled || len(l.byPair) > maxThrottled {
		t.Error("it grows without bound")
	}
}
