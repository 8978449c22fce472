package traces

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin.example/internal/testx"
)

// edge is one case of reference-lapi-edge-cases.txt.
type edge struct {
	name, method, target, body string
	request                    http.Header
	status                     int
	header                     http.Header
	answer                     string
	cut                        bool // the recording has the beginning of a stream: its whole decisions are left
}

// otherwise are the cases that we answer otherwise: our status, and why.
var otherwise = map[string]struct {
	status int
	why    string
}{
	"bad ip":                 {400, callers},
	"bad contains":           {400, callers},
	"bad limit":              {400, callers},
	"stream bad ip filter":   {400, "an empty list would say that nothing is in force"},
	"login: not json":        {400, "401 is for a wrong password"},
	"login: empty object":    {400, "401 is for a wrong password"},
	"login: unknown":         {401, "whether a machine exists is not told"},
	"login: UA no slash":     {200, "what a client calls itself is no credential"},
	"self delete again":      {401, "the token of a machine that is gone is void"},
	"heartbeat of deleted":   {401, "the token of a machine that is gone is void"},
	"alert: missing fields":  {400, callers},
	"alert: bad duration":    {400, callers},
	"alert: bad gzip":        {400, "the same, with a message"},
	"alert: object not list": {400, "the same, in other words"},
	"jwt: garbage":           {401, "the same, in other words"},
	"alerts bad filter":      {400, callers},
	"delete id missing":      {404, callers},
	"delete bad filter":      {200, "scope is what the documentation and the official client say"},
	"allowlist missing":      {404, "as the reference's own documentation says"},
	"check bad":              {400, callers},
	"delete alert id again":  {404, "as the reference's own documentation says"},
	"body too large login":   {413, "401 is for a wrong password"},
	"startup after deletes":  {200, "the deletion by scope took effect here"},
	"trailing slash":         {301, "the same, without a body"},
	"delta after 3s":         {200, "the reference tells a deletion twice within two seconds"},
	"delta dedup=false":      {200, "the cursor is the key's, not the filter's: a deletion that dedup hid was told once"},
}

const callers = "the caller's fault is no 500"

// completed are the decisions of alerts whose body the recording cuts off.
var completed = map[string]string{
	"alert: two decisions":   `{"value":"198.51.100.0/24","scope":"range","type":"ban","duration":"4h","origin":"cscli","scenario":"manual"},{"value":"198.51.100.7","scope":"Ip","type":"captcha","duration":"1h","origin":"cscli","scenario":"manual"}`,
	"alert: ipv6":            `{"value":"2001:db8::1","scope":"Ip","type":"ban","duration":"4h","origin":"cscli","scenario":"manual"}`,
	"alert: ipv6 range":      `{"value":"2001:db8:1::/48","scope":"Range","type":"ban","duration":"4h","origin":"cscli","scenario":"manual"}`,
	"alert: bad ip decision": `{"value":"999.1.1.1","scope":"Ip","type":"ban","duration":"4h","origin":"cscli","scenario":"manual"}`,
	"alert: bad duration":    `{"value":"192.0.2.99","scope":"Ip","type":"ban","duration":"forever","origin":"cscli","scenario":"manual"}`,
	"alert: days duration":   `{"value":"192.0.2.77","scope":"Ip","type":"ban","duration":"7d","origin":"cscli","scenario":"manual"}`,
	"alert: simulated":       `{"value":"192.0.2.55","scope":"Ip","type":"ban","duration":"4h","origin":"cscli","scenario":"manual","simulated":true}`,
	"alert: same ip longer":  `{"value":"192.0.2.10","scope":"Ip","type":"ban","duration":"24h","origin":"cscli","scenario":"manual"}`,
	"alert: list origin":     `{"value":"203.0.113.5","scope":"Ip","type":"ban","duration":"24h","origin":"lists","scenario":"firehol"}`,
	"new":                    `{"value":"192.0.2.20","scope":"Ip","type":"ban","duration":"4h","origin":"cscli","scenario":"manual"}`,
}

func edges(t *testing.T) (out []edge) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testx.Corpora(t), "traces", "reference-lapi-edge-cases.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq("\n"+strings.TrimPrefix(string(text), "\n"), "\n### ") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		lines := strings.Split(strings.TrimSpace(part), "\n")
		e := edge{name: lines[0]}
		for _, l := range lines[1:] {
			switch {
			case strings.HasPrefix(l, "> body "):
				e.body = strings.TrimPrefix(l, "> body ")
			case strings.HasPrefix(l, "> "):
				e.method, l, _ = strings.Cut(strings.TrimPrefix(l, "> "), " ")
				e.target, l, _ = strings.Cut(l, " ")
				e.request = headerOf(t, l)
			case strings.HasPrefix(l, "< b'"), strings.HasPrefix(l, `< b"`):
				e.answer = unpython(t, l[len("< b"):])
			case strings.HasPrefix(l, "< "):
				code, rest, _ := strings.Cut(strings.TrimPrefix(l, "< "), " ")
				e.status, _ = strconv.Atoi(code)
				e.header = headerOf(t, rest)
			}
		}
		if strings.HasPrefix(e.answer, `{"new"`) && !json.Valid([]byte(e.answer)) {
			e.cut = true
			e.answer = e.answer[:strings.LastIndex(e.answer, "},{")] + `}], "deleted": []}`
		}
		out = append(out, e)
	}
	return out
}

func headerOf(t *testing.T, text string) http.Header {
	t.Helper()
	var m map[string]string
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	h := http.Header{}
	for k, v := range m {
		h.Set(k, v)
	}
	return h
}

// unpython reads bytes as Python shows them.
func unpython(t *testing.T, s string) string {
	t.Helper()
	quote := s[:1]
	s = s[1 : len(s)-1]
	s = strings.ReplaceAll(s, `\'`, "'")
	if quote == "'" {
		s = strings.ReplaceAll(s, `"`, `\"`)
	}
	out, err := strconv.Unquote(`"` + s + `"`)
	if err != nil {
		t.Fatalf("%v: %s", err, s)
	}
	return out
}

func TestEdges(t *testing.T) {
	start := time.Date(2026, 11, 22, 10, 30, 36, 0, time.UTC)
	s := newSite(t, start, "key-b1-0123456789")
	tokens := map[string]string{}
	used := map[string]bool{}
	all := edges(t)
	for i := range all {
		e := &all[i]
		body := e.ours()
		used[e.name] = true
		for _, auth := range []string{"Authorization", "Cookie"} {
			if h := e.request.Get(auth); strings.Contains(h, "eyJ") {
				name := "m1"
				if strings.HasPrefix(e.name, "self delete") || e.name == "heartbeat of deleted" {
					name = "auto1"
				}
				prefix := "Bearer "
				if auth == "Cookie" {
					prefix = "jwt="
				}
				e.request.Set(auth, prefix+tokens[name])
			}
		}
		if e.name == "delta after 3s" {
			s.to(s.now.Add(3 * time.Second))
		}
		got := s.do(e.method, e.target, e.request, body)
		if token := tokenOf(got.body); token != "" {
			name := "m1"
			if e.name == "auto login" {
				name = "auto1"
			}
			tokens[name] = token
		}
		e.compare(t, got)
		s.to(s.now.Add(10 * time.Millisecond))
	}
	for _, name := range slices.Sorted(maps.Keys(otherwise)) {
		if !used[name] {
			t.Errorf("%q is listed and is no case", name)
		}
	}
	if len(used) < 130 {
		t.Errorf("%d cases were replayed", len(used))
	}
}

// ours is the body to send, whole where the recording is not.
func (e *edge) ours() string {
	switch {
	case completed[e.name] != "":
		head, _, ok := strings.Cut(e.body, `"decisions": [`)
		if !ok {
			head = e.body[:strings.LastIndex(e.body, "}")+1] + "], "
		}
		return head + `"decisions": [` + completed[e.name] + "]}]"
	case strings.HasPrefix(e.body, "b'") && e.name == "alert: bad gzip":
		return "notgzip"
	case strings.HasPrefix(e.body, "b'") && e.name == "body too large login":
		return `{"machine_id":"` + strings.Repeat("a", 3<<20) + `"}`
	case e.name == "alert: gzip body":
		e.request.Del("Content-Encoding")
		return `[{"scenario":"crowdsecurity/ssh-bf","scenario_hash":"h","scenario_version":"0.1","message":"m","events_count":1,"start_at":"2026-11-22T10:30:36Z",` +
			`"stop_at":"2026-11-22T10:30:36Z","capacity":0,"leakspeed":"0","simulated":false,"remediation":true,"events":[{"timestamp":"2026-11-22T10:30:36Z",` +
			`"meta":[{"key":"source_ip","value":"192.0.2.11"}]}],"source":{"scope":"Ip","value":"192.0.2.11","ip":"192.0.2.11"},"meta":[{"key":"target","value":"[\"a\"]"}]}]`
	case e.name == "metrics 2 rc":
		return `{"remediation_components":[{},{}]}`
	}
	return e.body
}

func (e *edge) compare(t *testing.T, got answered) {
	t.Helper()
	o, listed := otherwise[e.name]
	want := e.status
	if listed {
		want = o.status
	}
	diff := ""
	switch {
	case got.status != want:
		diff = fmt.Sprintf("%d %.300s, want %d", got.status, got.body, want)
	case e.method == http.MethodHead || got.status >= 300 && listed:
	default:
		diff = e.meaning(t, got)
	}
	switch {
	case got.status != want:
		t.Errorf("%s: %s", e.name, diff)
	case diff != "" && (!listed || o.why == ""):
		t.Errorf("%s: %s", e.name, diff)
	case diff == "" && listed && o.why != "" && o.status == e.status && e.answer == got.body:
		t.Errorf("%s: the difference that is listed is none", e.name)
	}
}

func (e *edge) meaning(t *testing.T, got answered) string {
	t.Helper()
	if theirs, ours := e.header.Get("Content-Type"), got.header.Get("Content-Type"); theirs != ours {
		return fmt.Sprintf("theirs is %q, ours %q", theirs, ours)
	}
	for _, name := range []string{"Www-Authenticate", "Allow", "Location"} {
		if theirs, ours := e.header.Get(name), got.header.Get(name); theirs != ours {
			return fmt.Sprintf("%s: theirs %q, ours %q", name, theirs, ours)
		}
	}
	path, _, _ := strings.Cut(e.target, "?")
	switch {
	case e.answer == "" || e.answer == "null" || got.status >= 300:
		if e.answer != got.body {
			return fmt.Sprintf("theirs %s, ours %s", e.answer, got.body)
		}
		return ""
	case path == "/v1/decisions/stream":
		theirs, ours := readStream(t, e.answer), readStream(t, got.body)
		if e.cut && len(ours.New) >= len(theirs.New) {
			ours.New, ours.Deleted = ours.New[:len(theirs.New)], nil
		}
		if d := differs(theirs.New, ours.New, false); d != "" {
			return "new: " + d
		}
		if d := differs(theirs.Deleted, ours.Deleted, true); d != "" {
			return "deleted: " + d
		}
		return ""
	case path == "/v1/decisions" && e.method == http.MethodGet:
		if e.name == "limit/offset" { // the one by numbers, the other by what ends first
			return ""
		}
		return differs(readList(t, e.answer), readList(t, got.body), true)
	case strings.HasPrefix(path, "/v1/alerts") && e.method == http.MethodGet:
		if theirs, ours := alertsMean(t, e.answer), alertsMean(t, got.body); theirs != ours {
			return fmt.Sprintf("theirs\n%s\nours\n%s", theirs, ours)
		}
		return ""
	case tokenOf(e.answer) != "":
		if tokenOf(got.body) == "" {
			return got.body
		}
		return ""
	}
	if e.answer != got.body {
		return fmt.Sprintf("theirs %s, ours %s", e.answer, got.body)
	}
	return ""
}
