package lapi

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tocsin.example/internal/store"
)

func TestUsage(t *testing.T) {
	w := newWorld(t)
	f := func(h header, body, want string) {
		t.Helper()
		w.wants(w.do("POST", "/v1/usage-metrics", h, body), want)
	}
	b, m := w.bouncerOf(), w.machineOf()
	f(b, usageOf("remediation_components"), "201 ")
	f(b, strings.Replace(usageOf("remediation_components"), `"feature_flags":[]`, `"feature_flags":{},"name":"nginx bouncer","last_pull":5`, 1), "201 ") // lua
	f(b, strings.NewReplacer(`"metrics":[`, `"metrics":`, `}]}]}`, `}]}}]}`).Replace(strings.TrimSuffix(usageOf("remediation_components"), "]}]}")+"}]}"), "201 ")
	f(m, `{"remediation_components":null,"log_processors":[{"version":"v1","utc_startup_timestamp":1,"feature_flags":null,"name":"m1","last_push":1,"last_update":2,`+
		`"os":{"name":"Debian","version":"12","family":"debian"},"datasources":{"file":2},"hub_items":{"parsers":[{"name":"a/b","version":"1","status":"official"}]},`+
		`"metrics":[{"meta":{"window_size_seconds":1,"utc_now_timestamp":2},"items":{}}]}]}`, "201 ")
	f(b, `{}`, `400 {"message":"Missing remediation component data"}`)
	f(m, usageOf("remediation_components"), `400 {"message":"Missing log processor data"}`)
	f(b, `{"remediation_components":[{}]}`, `422 ...`)
	f(b, `{"remediation_components":[{},{}]}`, `400 {"message":"Payload has more than one remediation component"}`)
	f(nil, usageOf("remediation_components"), `403 {"message":"access forbidden"}`)
	f(header{"Authorization": "Bearer x"}, usageOf("log_processors"), `401 ...`)
	f(header{"User-Agent": "crowdsec/v1", "Cookie": "jwt=" + w.token}, usageOf("log_processors"), `201 `)
	h := w.bouncerOf()
	h["Authorization"] = "Bearer " + w.token
	f(h, usageOf("remediation_components"), "201 ") // the key comes first
	list, err := w.store.Usage(t.Context(), "bouncer", "b1", time.Time{})
	if err != nil || len(list) != 4 || !strings.Contains(string(list[1].Body), `"feature_flags":[]`) {
		t.Errorf("%d reports, %v", len(list), err)
	}
	rows, err := w.lapi.Watch().Bouncers(t.Context())
	if err != nil || rows[0].OS != "Debian/12" || rows[0].Type != "probe" {
		t.Errorf("%+v, %v", rows, err)
	}
	for range usageBurst {
		if a := w.do("POST", "/v1/usage-metrics", b, usageOf("remediation_components")); a.code == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("reports are not bounded")
}

func TestAllowlists(t *testing.T) {
	w := newWorld(t)
	f := func(method, target, body, want string) {
		t.Helper()
		w.asMachine(method, target, body, want)
	}
	f("GET", "/v1/allowlists", "", "200 []")
	f("GET", "/v1/allowlists/check/1.2.3.4", "", "200 {}")
	f("HEAD", "/v1/allowlists/check/1.2.3.4", "", "204 ")
	if err := w.decide.CreateAllowlist(t.Context(), "mine", "my list"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.decide.AddAllowed(t.Context(), "mine", []store.AllowItem{
		{Value: "1.2.3.0/24", Comment: "office", Expires: began.Add(time.Hour)}, {Value: "9.9.9.9"},
	}); err != nil {
		t.Fatal(err)
	}
	f("GET", "/v1/allowlists?with_content=false", "", `200 [{"allowlist_id":"...`)
	f("GET", "/v1/allowlists?with_content=true", "", `200 [{"allowlist_id":"...`)
	f("GET", "/v1/allowlists?with_content=maybe", "", `400 ...`)
	f("HEAD", "/v1/allowlists", "", `200 `)
	f("GET", "/v1/allowlists/mine", "", `200 {"allowlist_id":"...`)
	f("GET", "/v1/allowlists/mine?with_content=false", "", `200 {"allowlist_id":"...`)
	f("GET", "/v1/allowlists/mine?with_content=maybe", "", `400 ...`)
	f("HEAD", "/v1/allowlists/mine?with_content=true", "", `200 `)
	f("HEAD", "/v1/allowlists/mine?with_content=maybe", "", `400 `)
	f("GET", "/v1/allowlists/nope", "", `404 {"message":"allowlist 'nope' not found"}`)
	f("HEAD", "/v1/allowlists/nope", "", `404 `)
	f("GET", "/v1/allowlists/check/1.2.3.4", "", `200 {"allowlisted":true,"reason":"1.2.3.0/24 from mine (office)"}`)
	f("GET", "/v1/allowlists/check/1.2.3.0%2F25", "", `200 {"allowlisted":true,"reason":"1.2.3.0/24 from mine (office)"}`)
	f("GET", "/v1/allowlists/check/1.2.3.0/25", "", `200 {"allowlisted":true,"reason":"1.2.3.0/24 from mine (office)"}`)
	f("HEAD", "/v1/allowlists/check/1.2.3.4", "", "200 ")
	f("GET", "/v1/allowlists/check/zzz", "", `400 ...`)
	f("HEAD", "/v1/allowlists/check/zzz", "", `400 `)
	f("POST", "/v1/allowlists/check", `{"targets":["1.2.3.4","8.8.8.8"]}`, `200 {"results":[{"allowlists":["1.2.3.0/24 from mine (office)"],"target":"1.2.3.4"}]}`)
	f("POST", "/v1/allowlists/check", `{"targets":["8.8.8.8"]}`, `200 {"results":[]}`)
	f("POST", "/v1/allowlists/check", `{"targets":[]}`, `400 {"message":"targets list cannot be empty"}`)
	f("POST", "/v1/allowlists/check", `{}`, `400 {"message":"targets list cannot be empty"}`)
	f("POST", "/v1/allowlists/check", `{"targets":["zzz"]}`, `400 {"message":"target 0: ...`)
	// What is allowed leads to no decision and has no ID.
	f("POST", "/v1/alerts", "["+strings.Replace(alert("a/b", "1.2.3.4"), `,"decisions":[]`, "", 1)+","+alert("a/b", "1.2.4.4", "Ip 1.2.4.4 ban 1h")+"]", `201 ["1"]`)
}

func TestMetrics(t *testing.T) {
	w := newWorld(t)
	w.ban("Ip 192.0.2.1 ban 1h lists firehol", "Ip 192.0.2.2 captcha 1h")
	w.asBouncer("/v1/decisions?ip=192.0.2.1", "200 ...")
	w.asBouncer("/v1/decisions?ip=192.0.2.9", "200 null")
	w.asBouncer("/nothing", "404 ")
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil)
	out := httptest.NewRecorder()
	w.lapi.MetricsHandler().ServeHTTP(out, r)
	text, err := io.ReadAll(out.Body)
	if err != nil || out.Code != http.StatusOK {
		t.Fatal(out.Code, err)
	}
	for _, line := range []string{
		`cs_lapi_route_requests_total{method="GET",route="/v1/decisions"} 2`,
		`cs_lapi_bouncer_requests_total{bouncer="b1",method="GET",route="/v1/decisions"} 2`,
		`cs_lapi_machine_requests_total{machine="m1",method="POST",route="/v1/alerts"} 1`,
		`cs_lapi_decisions_ok_total{bouncer="b1"} 1`,
		`cs_lapi_decisions_ko_total{bouncer="b1"} 1`,
		`cs_active_decisions{action="ban",origin="lists",reason="firehol"} 1`,
		`cs_alerts{reason="manual"} 1`,
		`tocsin_decisions_active{origin="cscli",scope="Ip",simulated="false",type="captcha"} 1`,
		`tocsin_lapi_requests_total{code="200",method="GET",route="/v1/decisions"} 2`,
		`tocsin_lapi_requests_total{code="404",method="any",route="other"} 1`,
		`tocsin_alerts_total{outcome="accepted"} 1`,
		`tocsin_lapi_bouncers 1`,
		`tocsin_decisions_sequence 2`,
	} {
		if !strings.Contains(string(text), "\n"+line+"\n") {
			t.Errorf("no %s", line)
		}
	}
	if t.Failed() {
		for l := range strings.Lines(string(text)) {
			if strings.HasPrefix(l, "cs_") || strings.HasPrefix(l, "tocsin_") {
				t.Log(l)
			}
		}
	}
}
