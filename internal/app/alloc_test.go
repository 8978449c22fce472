package app_test

import (
	"path/filepath"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/testx"
)

// TestParseAllocates holds that parsing a line and finding its scenarios allocates nothing with the hub's rules, once
// what is made once is made.
func TestParseAllocates(t *testing.T) {
	hub := filepath.Join(testx.Corpora(t), "hub")
	f := func(collection, kind string, lines ...string) {
		t.Helper()
		o := app.Options{
			Hub: hub, Now: time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC), Install: []string{"crowdsecurity/linux", collection},
		}
		site, err := app.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		worker, item := site.Engine.NewWorker(nil, nil), site.Engine.NewItem()
		labels := map[string]string{"type": kind}
		matches := 0
		for _, raw := range lines {
			line := &tocsin.Line{
				Raw: raw, Src: "log", Module: "file", Labels: labels, Time: o.Now, Clock: tocsin.EventClock,
			}
			n := testing.AllocsPerRun(50, func() {
				worker.Work(item, 1, line)
				if !item.Outcome.Parsed {
					t.Fatalf("%s: not parsed: %+v", raw, item.Outcome)
				}
			})
			if n != 0 {
				t.Errorf("%s: %v allocations", raw, n)
			}
			matches += len(item.Matches)
		}
		if matches == 0 {
			t.Error("no line belongs to a scenario: the test tells too little")
		}
	}
	f("crowdsecurity/nginx", "nginx",
		`192.0.2.7 - - [22/Aug/2026:11:59:58 +0000] "GET /shop/shoes.html?size=43 HTTP/1.1" 200 5120 "https://example.org/" "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"`,
		`198.51.100.23 - - [22/Aug/2026:13:59:59 +0200] "GET /no/such/page HTTP/1.1" 404 162 "-" "Mozilla/5.0 (Macintosh)"`,
		`2001:db8::17 - alice [22/Aug/2026:11:59:59 +0000] "POST /login HTTP/2.0" 403 12 "-" "curl/8.5.0"`,
		`203.0.113.9 - - [22/Aug/2026:12:00:00 +0000] "GET /style.css HTTP/1.1" 304 0 "https://example.org/" "Mozilla/5.0"`,
	)
	f("crowdsecurity/sshd", "syslog",
		"Aug 22 11:59:58 host sshd[411]: Accepted publickey for alice from 192.0.2.7 port 50122 ssh2: ED25519 SHA256:abc",
		"Aug 22 11:59:58 host sshd[412]: Failed password for root from 198.51.100.23 port 40222 ssh2",
		"Aug 22 11:59:59 host sshd[413]: Invalid user admin from 2001:db8::17 port 40444",
		"2026-08-22T12:00:00.123456+00:00 host sshd[414]: Failed password for invalid user test from 203.0.113.9 port 1022 ssh2",
	)
}
