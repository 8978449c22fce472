package wire_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/wire"
)

var at = time.Date(2026, 11, 24, 10, 30, 36, 0, time.UTC)

func TestAppendSeconds(t *testing.T) {
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := string(wire.AppendSeconds(nil, d)); got != want {
			t.Errorf("AppendSeconds(%v) = %q, want %q", d, got, want)
		}
	}
	f(0, "0s")
	f(4*time.Hour, "4h0m0s")
	f(4*time.Hour-500*time.Millisecond, "4h0m0s")
	f(4*time.Hour-501*time.Millisecond, "3h59m59s")
	f(167*time.Hour+59*time.Minute+59*time.Second, "167h59m59s")
	f(59*time.Second, "59s")
	f(61*time.Second, "1m1s")
	f(-3*time.Second, "-3s")
	f(-16*time.Minute-4*time.Second, "-16m4s")
	f(1<<63-1, "2562047h47m16s")
	f(-1<<63, "-2562047h47m16s")
}

func TestParseDuration(t *testing.T) {
	f := func(in string, want time.Duration, fault string) {
		t.Helper()
		got, err := wire.ParseDuration(in)
		if fault == "" && (err != nil || got != want) || fault != "" && (err == nil || !strings.Contains(err.Error(), fault)) {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v %s", in, got, err, want, fault)
		}
	}
	f("4h", 4*time.Hour, "")
	f("7d", 168*time.Hour, "")
	f("1d12h30m", 36*time.Hour+30*time.Minute, "")
	f("3h59m59.5s", 4*time.Hour-500*time.Millisecond, "")
	f("-1h", -time.Hour, "")
	f("-1d", -24*time.Hour, "")
	f("0", 0, "")
	f("36500d", wire.MaxDuration, "")
	f("36501d", 0, "hundred years")
	f("36500d1s", 0, "hundred years")
	f("999999999d", 0, "no duration")
	f("2000000h", 0, "hundred years")
	f("forever", 0, "no duration")
	f("", 0, "no duration")
	f("d", 0, "no duration")
	f("1d-1h", 0, "no duration")
	f("--1h", 0, "no duration")
	f("4", 0, "no duration")
	f(strings.Repeat("9", 1000), 0, "no duration")
}

func TestAppendString(t *testing.T) {
	f := func(s string) {
		t.Helper()
		got := wire.AppendString(nil, s)
		var back string
		if err := json.Unmarshal(got, &back); err != nil || back != strings.ToValidUTF8(s, "\ufffd") && strings.ToValidUTF8(s, "") == s {
			t.Errorf("AppendString(%q) = %s, which reads as %q, %v", s, got, back, err)
		}
		want, _ := json.Marshal(s)
		var wanted string
		if err := json.Unmarshal(want, &wanted); err != nil || back != wanted {
			t.Errorf("AppendString(%q) = %s reads as %q, encoding/json's as %q", s, got, back, wanted)
		}
		for _, c := range got {
			if c < 0x20 {
				t.Errorf("AppendString(%q) = %q ends the line", s, got)
			}
		}
	}
	for _, s := range []string{
		"", "plain", `"quoted" \ back`, "line\nfeed\r\ttab\x00\x1f\x7f", "é€😀", "\xff", "a\xc3", "\xed\xa0\x80x",
		"\u2028\u2029", "\ufffd", "<script>&",
	} {
		f(s)
	}
}

func FuzzAppendString(f *testing.F) {
	f.Add("a\xffb\u2028\"")
	f.Fuzz(func(t *testing.T, s string) {
		var got, want string
		b, _ := json.Marshal(s)
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(wire.AppendString(nil, s), &got); err != nil || got != want {
			t.Errorf("AppendString(%q) reads as %q, %v", s, got, err)
		}
	})
}

func one() tocsin.Decision {
	return tocsin.Decision{
		ID: 2, UUID: "cabd30cb-2e61-4054-aa84-7ceba047cc83", Origin: "cscli", Type: "ban", Scope: "Range",
		Value: "198.51.100.0/24", Scenario: `say "no"`, Until: at.Add(4*time.Hour - 600*time.Millisecond),
	}
}

func TestAppendDecision(t *testing.T) {
	f := func(form wire.Form, left time.Duration, want string) {
		t.Helper()
		d := one()
		d.Until = at.Add(left)
		if diff := cmp.Diff(want, string(wire.AppendDecision(nil, &d, at, form))); diff != "" {
			t.Errorf("form %d (-want +got):\n%s", form, diff)
		}
	}
	f(wire.Live, 4*time.Hour-600*time.Millisecond,
		`{"duration":"3h59m59s","id":2,"origin":"cscli","scenario":"say \"no\"","scope":"Range","type":"ban","value":"198.51.100.0/24"}`)
	f(wire.New, 100*time.Millisecond,
		`{"duration":"1s","id":2,"origin":"cscli","scenario":"say \"no\"","scope":"Range","type":"ban","uuid":"cabd30cb-2e61-4054-aa84-7ceba047cc83","value":"198.51.100.0/24"}`)
	f(wire.Ended, 3*time.Hour,
		`{"duration":"0s","id":2,"origin":"cscli","scenario":"say \"no\"","scope":"Range","type":"ban","uuid":"cabd30cb-2e61-4054-aa84-7ceba047cc83","value":"198.51.100.0/24"}`)
	f(wire.Ended, -3*time.Second,
		`{"duration":"-3s","id":2,"origin":"cscli","scenario":"say \"no\"","scope":"Range","type":"ban","uuid":"cabd30cb-2e61-4054-aa84-7ceba047cc83","value":"198.51.100.0/24"}`)
	f(wire.InAlert, -time.Minute,
		`{"duration":"-1m0s","id":2,"origin":"cscli","scenario":"say \"no\"","scope":"Range","simulated":false,"type":"ban","value":"198.51.100.0/24"}`)
}

func TestAppendDecisionAllocatesNothing(t *testing.T) {
	d, buf := one(), make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { buf = wire.AppendDecision(buf[:0], &d, at, wire.New) }); n != 0 {
		t.Errorf("%v allocations a decision, want none", n)
	}
}

func TestScope(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := wire.Scope(in); got != want {
			t.Errorf("Scope(%q) = %q, want %q", in, got, want)
		}
	}
	f("ip", "Ip")
	f("IP", "Ip")
	f("RANGE", "Range")
	f("country", "Country")
	f("as", "AS")
	f("username", "username")
	f("UserName", "UserName")
	f("", "")
	f("lists:firehol", "lists:firehol")
}

func TestAppendAlert(t *testing.T) {
	a := &tocsin.Alert{
		UUID: "u", Scenario: "crowdsecurity/ssh-bf", ScenarioVersion: "0.1", ScenarioHash: "h", Message: "m", EventsCount: 1,
		StartAt: at, StopAt: at, Leakspeed: "0", Remediation: true,
		Source:    &tocsin.AlertSource{Scope: "Ip", Value: "192.0.2.11", IP: "192.0.2.11"},
		Events:    []tocsin.AlertEvent{{Timestamp: "2026-11-24T11:30:36+01:00", Meta: []tocsin.Meta{{Key: "source_ip", Value: "192.0.2.11"}, {Key: "empty"}}}},
		Meta:      []tocsin.Meta{{Key: "target", Value: `["a"]`}},
		Decisions: []tocsin.Decision{one()},
	}
	want := `{"capacity":0,"created_at":"2026-11-24T10:30:37Z","decisions":[{"duration":"3h59m58s","id":2,"origin":"cscli","scenario":"say \"no\"","scope":"Range","simulated":false,"type":"ban","value":"198.51.100.0/24"}],` +
		`"events":[{"meta":[{"key":"source_ip","value":"192.0.2.11"},{"key":"empty"}],"timestamp":"2026-11-24 10:30:36 +0000 UTC"}],"events_count":1,"id":11,"labels":null,"leakspeed":"0","machine_id":"m1","message":"m",` +
		`"meta":[{"key":"target","value":"[\"a\"]"}],"remediation":true,"scenario":"crowdsecurity/ssh-bf","scenario_hash":"h","scenario_version":"0.1","simulated":false,"source":{"ip":"192.0.2.11","scope":"Ip","value":"192.0.2.11"},` +
		`"start_at":"2026-11-24T10:30:36Z","stop_at":"2026-11-24T10:30:36Z","uuid":"u"}`
	got := string(wire.AppendAlert(nil, wire.Kept{Alert: a, ID: 11, CreatedAt: at.Add(time.Second), Machine: "m1"}, at.Add(time.Second)))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	bare := string(wire.AppendAlert(nil, wire.Kept{Alert: &tocsin.Alert{Evidence: &tocsin.Evidence{}}, ID: 1}, at))
	if !json.Valid([]byte(bare)) || !strings.Contains(bare, `"machine_id":"N/A"`) || !strings.Contains(bare, `"source":{"scope":"","value":""}`) {
		t.Errorf("bare alert: %s", bare)
	}
}

const full = `{"scenario":"s","scenario_hash":"h","scenario_version":"0.1","message":"m","events_count":1,"start_at":"2026-11-24T10:30:36Z",
	"stop_at":"2026-11-24T10:30:36Z","capacity":0,"leakspeed":"0","simulated":false,"remediation":true,
	"events":[{"timestamp":"2026-11-24T10:30:36Z","meta":[{"key":"k","value":"v"}]}],"source":{"scope":"ip","value":"192.0.2.1","ip":"192.0.2.1"}`

func TestReadAlerts(t *testing.T) {
	got, err := wire.ReadAlerts(strings.NewReader(`[`+full+`,"uuid":"u1","labels":{"a":1},"meta":null,"decisions":[
		{"value":"FR","scope":"COUNTRY","type":"ban","duration":"7d","origin":"cscli","scenario":"manual"},
		{"value":"bob","scope":"username","type":"mfa","until":"2026-11-25T10:30:36Z","origin":"cscli","scenario":"manual","simulated":true}]}]`), at)
	if err != nil {
		t.Fatal(err)
	}
	want := []*tocsin.Alert{{
		UUID: "u1", Scenario: "s", ScenarioHash: "h", ScenarioVersion: "0.1", Message: "m", EventsCount: 1, StartAt: at, StopAt: at,
		Leakspeed: "0", Remediation: true, Labels: map[string]any{"a": 1.0},
		Events: []tocsin.AlertEvent{{Timestamp: "2026-11-24T10:30:36Z", Meta: []tocsin.Meta{{Key: "k", Value: "v"}}}},
		Source: &tocsin.AlertSource{Scope: "Ip", Value: "192.0.2.1", IP: "192.0.2.1"},
		Decisions: []tocsin.Decision{
			{Origin: "cscli", Type: "ban", Scope: "Country", Value: "FR", Scenario: "manual", Until: at.Add(168 * time.Hour)},
			{Origin: "cscli", Type: "mfa", Scope: "username", Value: "bob", Scenario: "manual", Until: at.Add(24 * time.Hour), Simulated: true},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadAlertsTakesSloppyOnes(t *testing.T) {
	f := func(body string, want int) {
		t.Helper()
		got, err := wire.ReadAlerts(strings.NewReader(body), at)
		if err != nil || len(got) != want {
			t.Errorf("%s: %d alerts, %v, want %d", body, len(got), err, want)
		}
	}
	f(`[]`, 0)
	f(`null`, 0)
	f(` [`+full+`}] `, 1)
	f(`[`+full+`,"decisions":null,"labels":null,"meta":{}}]`, 1)
	f(`[`+full+`,"decisions":{},"labels":["a"],"meta":{"key":"k","value":"v"}}]`, 1)
	f(`[`+strings.Replace(full, `[{"timestamp":"2026-11-24T10:30:36Z","meta":[{"key":"k","value":"v"}]}]`, "null", 1)+`}]`, 1)
	f(`[`+full+`,"stop_at":"yesterday","unknown":[1,{}]}]`, 1)
}

func TestReadAlertsRefuses(t *testing.T) {
	f := func(body, want string) {
		t.Helper()
		_, err := wire.ReadAlerts(strings.NewReader(body), at)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
	f(``, "unexpected EOF")
	f(`{"a":1}`, "a list of alerts is expected")
	f(`3`, "a list of alerts is expected")
	f(`[`, "unexpected EOF")
	f(`[]x`, "more after the end")
	f(`null 1`, "more after the end")
	f(`[1]`, "alert 0: json: cannot unmarshal number")
	f(`[`+full+`},{}]`, "1.capacity in body is required")
	f(`[`+full+`},{"scenario":"x"}]`, "1.source in body is required")
	f(`[null]`, "0.scenario in body is required")
	f(`[{"scenario":"x"}]`, "0.events in body is required")
	f(`[`+strings.Replace(full, `"scope":"ip",`, "", 1)+`}]`, "0.source.scope in body is required")
	f(`[`+full+`,"decisions":[{"value":"1.2.3.4"}]}]`, "0.decisions.0.origin in body is required")
	f(`[`+full+`,"decisions":[{"value":"192.0.2.99","scope":"Ip","type":"ban","duration":"forever","origin":"cscli","scenario":"x"}]}]`,
		`0.decisions.0.duration: "forever" is no duration: write it like 4h, 90m or 7d`)
	f(`[`+full+`,"decisions":[{"value":"192.0.2.99","scope":"Ip","type":"ban","origin":"cscli","scenario":"x"}]}]`,
		"0.decisions.0.duration in body is required")
	f(`[`+full+`,"uuid":"`+strings.Repeat("u", 65)+`"}]`, "0.uuid in body should be at most 64 bytes long")
	f(`[`+full+`,"source":{"scope":"ip","value":"`+strings.Repeat("1", 2000)+`"}}]`, "0.source.value in body should be at most 1024")
	f(`[`+full+`,"events_count":1.5}]`, "alert 0: json: cannot unmarshal number 1.5")
}

func TestReadAlertsCutsWhatIsLong(t *testing.T) {
	long := strings.Repeat("é", 5000)
	got, err := wire.ReadAlerts(strings.NewReader(`[`+full+`,"meta":[{"key":"`+long+`","value":"`+long+`"}]}]`), at)
	if err != nil {
		t.Fatal(err)
	}
	m := got[0].Meta[0]
	if len(m.Key) != 254 || len(m.Value) != 4094 || !strings.HasPrefix(long, m.Value) {
		t.Errorf("key of %d bytes, value of %d", len(m.Key), len(m.Value))
	}
}

// What a machine reads of an alert it can send again, and it is the same.
func TestAlertsComeBack(t *testing.T) {
	first, err := wire.ReadAlerts(strings.NewReader(`[`+full+`,"uuid":"u1"}]`), at)
	if err != nil {
		t.Fatal(err)
	}
	first[0].Evidence = &tocsin.Evidence{Lines: []tocsin.EvidenceLine{{Number: 7, Raw: "line", Time: at}}}
	first[0].Events[0].Timestamp = "2026-11-24 10:30:36 +0000 UTC"
	body := append(wire.AppendAlert([]byte("["), wire.Kept{Alert: first[0], ID: 1, CreatedAt: at}, at), ']')
	again, err := wire.ReadAlerts(strings.NewReader(string(body)), at)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("(-first +again):\n%s", diff)
	}
}

func FuzzReadAlerts(f *testing.F) {
	f.Add(`[` + full + `,"decisions":[{"value":"FR","scope":"COUNTRY","type":"ban","duration":"7d","origin":"cscli","scenario":"manual"}]}]`)
	f.Add(`[{"evidence":{"lines":[{"raw":"x"}]},"meta":{},"labels":[]}]`)
	f.Fuzz(func(t *testing.T, body string) {
		alerts, err := wire.ReadAlerts(strings.NewReader(body), at)
		if err != nil {
			return
		}
		for _, a := range alerts {
			b := wire.AppendAlert(nil, wire.Kept{Alert: a, ID: 1, CreatedAt: at}, at)
			if !json.Valid(b) {
				t.Fatalf("%s is written as %s", body, b)
			}
		}
	})
}

func TestReadUsage(t *testing.T) {
	const metrics = `{"meta":{"window_size_seconds":600,"utc_now_timestamp":1795343442},"items":[{"name":"dropped","value":3,"unit":"request","labels":{"origin":"CAPI","n":1}}]}`
	f := func(machine bool, body, fault string) {
		t.Helper()
		got, err := wire.ReadUsage(strings.NewReader(body), machine)
		if fault != "" {
			if err == nil || !strings.Contains(err.Error(), fault) {
				t.Errorf("%s: %v, want %q", body, err, fault)
			}
			return
		}
		if err != nil || len(got.Metrics) != 1 || got.Metrics[0].Items[0].Labels["origin"] != "CAPI" {
			t.Errorf("%s: %v, %v", body, got, err)
		}
	}
	f(false, `{"remediation_components":[{"version":"v1","utc_startup_timestamp":1,"metrics":[`+metrics+`]}]}`, "")
	f(false, `{"log_processors":null,"remediation_components":[{"version":"v1","feature_flags":{},"utc_startup_timestamp":1,"metrics":[`+metrics+`]}]}`, "")
	f(false, `{"remediation_components":{"version":"v1","feature_flags":null,"utc_startup_timestamp":1,"metrics":`+metrics+`}}`, "")
	f(true, `{"remediation_components":{},"log_processors":[{"version":"v1","utc_startup_timestamp":1,"metrics":[`+metrics+`],"hub_items":{"parsers":[{"name":"a"}]},"datasources":{"file":2}}]}`, "")
	f(false, `{}`, "Missing remediation component data")
	f(true, `{"remediation_components":[{"version":"v1","utc_startup_timestamp":1}]}`, "Missing log processor data")
	f(false, `{"remediation_components":[{},{}]}`, "Payload has more than one remediation component")
	f(false, `{"remediation_components":[{}]}`,
		"validation failure list:\nremediation_components.0.utc_startup_timestamp in body is required\nremediation_components.0.version in body is required")
	f(false, `{"remediation_components":[{"version":"v1","utc_startup_timestamp":1,"metrics":{"items":[]}}]}`, "0.meta in body is required")
	f(false, `{`, "unexpected EOF")
}

func TestRead(t *testing.T) {
	var r wire.Register
	if err := wire.Read(strings.NewReader(`{`), &r); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half an object: %v", err)
	}
	f := func(body, want string) {
		t.Helper()
		var r wire.Register
		err := wire.Read(strings.NewReader(body), &r)
		if err == nil {
			err = r.Check()
		}
		if got := ""; err != nil && err.Error() != want || err == nil && want != got {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
	f(`{"machine_id":"a","password":"b"}`, "")
	f(`{"machine_id":"a","password":"b","registration_token":null}`, "")
	f(`{"machine_id":"x"}`, "validation failure list:\npassword in body is required")
	f(`{"machine_id":"a","password":"b","registration_token":"short"}`,
		"validation failure list:\nregistration_token in body should be at least 32 chars long")
	f(`{"machine_id":"a","password":"b"}{}`, "there is more after the end of the JSON value")

	var l wire.Login
	if err := wire.Read(strings.NewReader(`{"machine_id":"a","password":"b","scenarios":null}`), &l); err != nil || !l.HasScenarios || l.Check(false) != nil {
		t.Errorf("login: %+v, %v", l, err)
	}
	if err := wire.Read(strings.NewReader(`{}`), &l); err != nil || l.HasScenarios || l.Check(true) != nil || l.Check(false) == nil {
		t.Errorf("login: %+v, %v", l, err)
	}
}
