package lapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin.example/internal/store"
)

func TestPostAlerts(t *testing.T) {
	w := newWorld(t)
	f := func(body, want string) {
		t.Helper()
		w.asMachine("POST", "/v1/alerts", body, want)
	}
	bare := strings.Replace(alert("crowdsecurity/ssh-bf", "192.0.2.10"), `,"decisions":[]`, "", 1)
	f("["+bare+"]", `201 ["1"]`) // the profile decides
	w.asBouncer("/v1/decisions?ip=192.0.2.10", `200 [{"duration":"4h0m0s","id":1,"origin":"crowdsec","scenario":"crowdsecurity/ssh-bf","scope":"Ip","type":"ban","value":"192.0.2.10"}]`)
	f("[]", "201 []")
	f("null", "201 []")
	f("["+alert("manual", "192.0.2.20", "Ip 192.0.2.20 ban 7d")+","+alert("manual", "192.0.2.21", "Ip 192.0.2.21 ban 1h")+"]", `201 ["2","3"]`)
	f("["+alert("manual", "999.1.1.1", "Ip 999.1.1.1 ban 4h")+"]", "201 []") // no decision that can be
	f("["+alert("manual", "192.0.2.30", "Ip 192.0.2.30 ban forever")+"]",
		`400 {"message":"validation failure list:\n0.decisions.0.duration: \"forever\" is no duration: write it like 4h, 90m or 7d"}`)
	f(`[{"scenario":"x"}]`, `400 {"message":"validation failure list:\n0.capacity in body is required\n...`)
	f(`{"a":1}`, `400 {"message":"a list of alerts is expected"}`)
	f(`[`, `400 {"message":"unexpected EOF"}`)
	f(`[{]`, `400 {"message":"alert 0: invalid character ']' looking for beginning of object key string"}`)
	w.asBouncer("/v1/decisions?ip=192.0.2.30", "200 null")

	sloppy := strings.NewReplacer(`"decisions":[]`, `"decisions":{},"meta":{"key":"a","value":"b"},"labels":["x"],"kind":"crowdsec"`, `"events":[`, `"events":null,"ignored":[`).
		Replace(alert("a/b", "192.0.2.40"))
	f("["+sloppy+"]", `201 ["4"]`)
	h := w.machineOf()
	h["Content-Encoding"] = "gzip"
	h[apiKey] = "nothing" // machines send what they like beside
	w.wants(w.do("POST", "/v1/alerts", h, gzipped2(t, "["+alert("a/b", "192.0.2.41")+"]")), `201 ["5"]`)
	rows, err := w.lapi.Watch().Machines(t.Context())
	if err != nil || !rows[0].LastPush.Equal(began) || rows[0].Version != "v1" {
		t.Errorf("the machine was not noted: %+v, %v", rows, err)
	}
}

// An alert with a uuid takes effect once, also when it was deleted meanwhile.
func TestPostAlertsTwice(t *testing.T) {
	w := newWorld(t)
	body := `[` + strings.TrimSuffix(alert("manual", "192.0.2.20", "Ip 192.0.2.20 ban 1h"), "}") + `,"uuid":"0b4cde4e-3b6c-8f0c-9c53-111111111111"}]`
	w.asMachine("POST", "/v1/alerts", body, `201 ["1"]`)
	w.pull("?startup=true", "+192.0.2.20 ban")
	w.asMachine("POST", "/v1/alerts", body, `201 ["1"]`)
	w.pull("", "")
	w.asMachine("DELETE", "/v1/alerts/1", "", `200 {"nbDeleted":"1"}`)
	w.asMachine("POST", "/v1/alerts", body, `201 ["1"]`)
	w.pull("", "-192.0.2.20 ban")
}

// One that comes late is kept, and its decision was never in force.
func TestLateAlert(t *testing.T) {
	w := newWorld(t)
	w.clock.add(2 * time.Hour)
	w.asMachine("POST", "/v1/alerts", "["+alert("manual", "192.0.2.20", "Ip 192.0.2.20 ban 1h")+"]", `201 ["1"]`)
	w.pull("?startup=true", "")
	a := w.asMachine("GET", "/v1/alerts/1", "", "200 ...")
	if !strings.Contains(a.body, `"duration":"-1h0m0s"`) {
		t.Error(a.body)
	}
}

func (w *world) found(query, want string) {
	w.t.Helper()
	a := w.asMachine("GET", "/v1/alerts"+query, "", "200 ...")
	var list []struct{ ID int }
	if err := json.Unmarshal([]byte(a.body), &list); err != nil {
		w.t.Fatal(err)
	}
	got := []string{}
	for _, one := range list {
		got = append(got, itoa(one.ID))
	}
	if strings.Join(got, " ") != want {
		w.t.Errorf("alerts%s: %v, want %s", query, got, want)
	}
}

func TestFindAlerts(t *testing.T) {
	w := newWorld(t)
	w.asMachine("GET", "/v1/alerts", "", "200 null")
	one := alert("a/ssh-bf", "192.0.2.10", "Ip 192.0.2.10 ban 1h crowdsec a/ssh-bf")
	two := strings.Replace(alert("manual", "198.51.100.0/24", "Range 198.51.100.0/24 captcha 2h"), `"scenario":`, `"kind":"cscli","scenario":`, 1)
	three := strings.Replace(alert("a/sim", "192.0.2.11"), `"simulated":false`, `"simulated":true`, 1)
	three = strings.NewReplacer(`"source":{`, `"source":{"as_name":"AN AS","as_number":"64500","cn":"FR","latitude":1.5,"longitude":-2.5,"range":"192.0.2.0/24",`,
		`"decisions":[]`, `"meta":[{"key":"target","value":"[\"a\"]"}],"labels":{"service":"ssh"},"evidence":{"rule":{"name":"a/sim","version":"1","hash":"h","file":"f","document":0,"filter":"true"},`+
			`"bucket":{"type":"leaky","group_key":"g","capacity":5,"leakspeed":"10s","reason":"r"},"lines":[{"number":1,"source":"s","time":"2026-11-22T10:30:36Z","level":1,"raw":"line","cut":3,`+
			`"parsed":[{"key":"a","value":"b"}]}],"omitted":2,"parents":["p"]}`).Replace(three)
	w.asMachine("POST", "/v1/alerts", "["+one+","+two+","+three+"]", `201 ["1","2","3"]`)
	if err := w.store.AddMachine(t.Context(), store.Machine{Name: "m2", PasswordHash: passwordHash(), Validated: true}); err != nil {
		t.Fatal(err)
	}
	first := w.token
	w.token = w.login("m2", password)
	w.asMachine("POST", "/v1/alerts", "["+alert("update", "192.0.2.12", "Ip 203.0.113.9 ban 1h CAPI x")+"]", `201 ["4"]`)
	w.token = first
	w.clock.add(90 * time.Minute)
	w.token = ""

	w.found("", "4 3 2 1")
	w.found("?limit=2&offset=1", "3 2")
	w.found("?limit=0&sort=asc", "1 2 3 4")
	w.found("?sort=DESC&limit=1", "4")
	w.found("?ip=192.0.2.10", "1")
	w.found("?ip=198.51.100.3", "2")
	w.found("?range=192.0.2.0/24&contains=false", "4 3 1")
	w.found("?range=192.0.2.0/24&contains=true", "")
	w.found("?scope=range", "2")
	w.found("?scope=ip&value=192.0.2.11", "3")
	w.found("?scenario=a/sim", "3")
	w.found("?origin=CAPI", "4")
	w.found("?include_capi=false", "3 2 1")
	w.found("?decision_type=captcha", "2")
	w.found("?has_active_decision=true", "3 2") // the profile decided about 3, simulated
	w.found("?has_active_decision=false&simulated=false", "4 1")
	w.found("?kind=cscli", "2")
	w.found("?machine_id=m2", "4")
	w.found("?since=1h", "")
	w.found("?since=1d", "4 3 2 1")
	w.found("?until=1h", "4 3 2 1")
	w.found("?created_before=2h", "")
	w.found("?with_decisions=false&limit=1", "4")
	if a := w.asMachine("GET", "/v1/alerts?with_decisions=false&ip=192.0.2.10", "", "200 ..."); !strings.Contains(a.body, `"decisions":[]`) {
		t.Error(a.body)
	}
	f := func(query, want string) {
		t.Helper()
		w.asMachine("GET", "/v1/alerts"+query, "", "400 "+want)
	}
	f("?nope=1", `{"message":"filter parameter \"nope\" is unknown"}`)
	f("?since=yesterday", `{"message":"invalid since value: \"yesterday\" is no duration: write it like 4h, 90m or 7d"}`)
	f("?sort=up", `{"message":"invalid sort value: \"up\" is neither ASC nor DESC"}`)
	f("?limit=-1", `...`)
	f("?ip=zzz", `...`)
}

func TestGetAlert(t *testing.T) {
	w := newWorld(t)
	w.asMachine("POST", "/v1/alerts", "["+alert("a/ssh-bf", "192.0.2.10", "Ip 192.0.2.10 ban 1h")+"]", `201 ["1"]`)
	a := w.asMachine("GET", "/v1/alerts/1", "", "200 ...")
	var got map[string]any
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatal(err)
	}
	if got["machine_id"] != "m1" || got["labels"] != nil || fmt.Sprint(got["events"]) != "[map[meta:[map[key:source_ip value:192.0.2.10]] timestamp:2026-11-22 10:30:36 +0000 UTC]]" {
		t.Error(a.body)
	}
	w.asMachine("GET", "/v1/alerts/99999", "", `404 {"message":"object not found"}`)
	w.asMachine("GET", "/v1/alerts/abc", "", `400 {"message":"alert_id must be valid integer"}`)
	w.asMachine("HEAD", "/v1/alerts/1", "", "200 ")
	w.asMachine("HEAD", "/v1/alerts/2", "", "404 ")
	w.asMachine("HEAD", "/v1/alerts/x", "", "400 ")
	w.asMachine("HEAD", "/v1/alerts", "", "200 ")
}

func TestDeleteAlerts(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.TrustedProxies = prefixes("127.0.0.1/32"); o.TrustedIPs = prefixes("10.9.0.0/16") })
	for i := range 20 {
		w.asMachine("POST", "/v1/alerts", "["+alert("s"+itoa(i), "192.0.2."+itoa(i+1), "Ip 192.0.2."+itoa(i+1)+" ban 1h")+"]", "201 ...")
	}
	w.inForce()
	f := func(target, want string) {
		t.Helper()
		w.asMachine("DELETE", "/v1/alerts"+target, "", want)
	}
	f("", `400 {"message":"this would delete all alerts: give a filter, or limit=0 if it is meant"}`)
	f("?", `400 ...`)
	f("?limit=100", `400 ...`)
	f("?sort=asc&with_decisions=false&contains=true&offset=1", `400 ...`)
	f("?nope=1", `400 ...`)
	f("?ip=192.0.2.1", `200 {"nbDeleted":"1"}`)
	f("?ip=192.0.2.1", `200 {"nbDeleted":"0"}`)
	f("?range=192.0.2.2/31&contains=false", `200 {"nbDeleted":"2"}`)
	f("?scenario=s3&scope=ip&value=192.0.2.4", `200 {"nbDeleted":"1"}`)
	f("?origin=cscli&decision_type=ban&scenario=s4&since=1h&until=0s&has_active_decision=true&include_capi=false&simulated=false&machine_id=m1&sort=desc&with_decisions=true&offset=0&limit=5",
		`200 {"nbDeleted":"1"}`)
	f("?kind=none", `200 {"nbDeleted":"0"}`)
	f("?created_before=1h", `200 {"nbDeleted":"0"}`)
	f("/6", `200 {"nbDeleted":"1"}`)
	f("/6", `404 {"message":"object not found"}`)
	f("/x", `400 ...`)
	for _, where := range []string{"10.9.1.2", "10.8.1.2", "127.0.0.1"} {
		h := w.machineOf()
		h["X-Forwarded-For"] = where
		a := w.do("DELETE", "/v1/alerts?ip=192.0.2.200", h, "")
		want := `200 {"nbDeleted":"0"}`
		if where == "10.8.1.2" {
			want = `403 {"message":"access forbidden from this IP (10.8.1.2)"}`
			w.wants(w.do("DELETE", "/v1/alerts/7", h, ""), want)
			w.wants(w.do("DELETE", "/v1/decisions?ip=192.0.2.200", h, ""), `200 {"nbDeleted":"0"}`)
		}
		w.wants(a, want)
	}
	f("?limit=0", `200 {"nbDeleted":"14"}`)
	a := w.do("GET", "/v1/decisions/stream", w.bouncerOf(), "")
	if n := strings.Count(a.body, `"uuid"`); n != 20 || a.code != http.StatusOK {
		t.Errorf("%d deletions are streamed, want 20", n)
	}
}

// inForce is what a startup pull shows.
func (w *world) inForce() string {
	w.t.Helper()
	return shown(w.t, w.do("GET", "/v1/decisions/stream?startup=true", w.bouncerOf(), "").body)
}

// Our own agents say until when, and whether it is simulated.
func TestOurDecisions(t *testing.T) {
	w := newWorld(t)
	dec := `"decisions":[{"uuid":"5f1d1c1e-0000-4000-8000-000000000001","scope":"Ip","value":"192.0.2.7","type":"ban","until":"2026-11-22T12:30:36Z","origin":"crowdsec","scenario":"a/b","simulated":true}]`
	w.asMachine("POST", "/v1/alerts", "["+strings.Replace(alert("a/b", "192.0.2.7"), `"decisions":[]`, dec, 1)+"]", `201 ["1"]`)
	w.asBouncer("/v1/decisions?ip=192.0.2.7", "200 null")
	w.asBouncer("/v1/decisions?ip=192.0.2.7&simulated=true", `200 [{"duration":"2h0m0s","id":1,...`)
}
