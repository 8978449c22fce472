package cond_test

import (
	"strings"
	"testing"

	"tocsin.example/internal/cond"
)

func TestSources(t *testing.T) {
	f := func(expression, want string) {
		t.Helper()
		if got := strings.Join(cond.Sources(expression), " "); got != want {
			t.Errorf("%s: %s, want %s", expression, got, want)
		}
	}
	f("evt.Parsed.remote_addr", "Parsed.remote_addr")
	f("evt.Parsed['remote-addr']", "Parsed.remote-addr")
	f("evt.Parsed.a != '' ? evt.Parsed.b : evt.Meta.c", "Meta.c Parsed.b")
	f("evt.Parsed.a ?? evt.Parsed.b", "Parsed.a Parsed.b")
	f("Lower(TrimSpace(evt.Parsed.a)) + ':' + evt.Parsed.b", "Parsed.a Parsed.b")
	f("Split(evt.Parsed.list, ',')[0]", "Parsed.list")
	f("let a = evt.Parsed.x; a contains 'b' ? a : ''", "Parsed.x")
	f("let a = evt.Parsed.x; let b = Lower(a); b + b", "Parsed.x")
	f("evt.Parsed.a | trim() | split(' ') | first()", "Parsed.a")
	f("evt.GetMeta('source_ip')", "Meta.source_ip")
	f("JsonExtract(evt.Parsed.message, 'client.ip')", "")
	f("evt.Unmarshaled.json.ip", "")
	f("evt.Parsed.a == 'b'", "")
	f("evt.Line.Raw", "Line.Raw")
	f("'1.2.3.4'", "")
	f("evt.(", "")
}
