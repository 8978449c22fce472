package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tocsin.example/internal/testx"
)

// node runs one of our scripts in npm/ with the packages beside it.
func node(t *testing.T, script string, args ...string) *process {
	t.Helper()
	program := testx.Program(t, "peers", "node", "nodejs")
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(testx.Peers(t, "npm"), "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("npm", script))
	if err != nil {
		t.Fatal(err)
	}
	p := launch(t, "", nil, program, append([]string{write(t, dir, script, string(text))}, args...)...)
	p.says("ready\n")
	return p
}

// seed adds what the bouncers are asked about.
func seed(s *server) {
	s.t.Helper()
	s.cli("decisions", "add", "-i", "192.0.2.10")
	s.cli("decisions", "add", "-i", "192.0.2.20", "-t", "captcha")
	s.cli("decisions", "add", "-r", "198.51.100.0/24")
	s.cli("decisions", "add", "-i", "2001:db8::10")
}

func TestNodeBouncerLive(t *testing.T) {
	testx.Peers(t, "npm")
	s := start(t, "")
	seed(s)
	p := node(t, "official.mjs", s.url(), s.key("node"), "live")
	p.tell("192.0.2.10", "192.0.2.10 ban")
	p.tell("192.0.2.20", "192.0.2.20 captcha")
	p.tell("198.51.100.8", "198.51.100.8 ban")
	p.tell("2001:db8::10", "2001:db8::10 ban")
	p.tell("203.0.113.1", "203.0.113.1 bypass")
	s.cli("decisions", "add", "-i", "203.0.113.9", "-d", "1s")
	s.process.stop()
	s.begin()
	s.cli("decisions", "add", "-i", "203.0.113.2")
	p.tell("203.0.113.2", "203.0.113.2 ban")
	p.until("203.0.113.9", "203.0.113.9 bypass")
}

func TestNodeBouncerStream(t *testing.T) {
	testx.Peers(t, "npm")
	s := start(t, "")
	seed(s)
	p := node(t, "official.mjs", s.url(), s.key("node"), "stream")
	p.tell("192.0.2.10", "192.0.2.10 ban")
	p.tell("192.0.2.20", "192.0.2.20 captcha")
	p.tell("198.51.100.8", "198.51.100.8 ban")
	s.cli("decisions", "add", "-i", "203.0.113.2")
	s.cli("decisions", "delete", "-i", "192.0.2.10")
	s.cli("alerts", "delete", "-i", "192.0.2.20", "--force")
	p.tell("refresh", "refreshed")
	p.tell("203.0.113.2", "203.0.113.2 ban")
	p.tell("192.0.2.10", "192.0.2.10 bypass")
	p.tell("192.0.2.20", "192.0.2.20 bypass")
}

func TestExpressBouncer(t *testing.T) {
	testx.Peers(t, "npm")
	s := start(t, "")
	seed(s)
	address := freePort(t)
	node(t, "express.mjs", s.url(), s.key("express"), address[strings.LastIndex(address, ":")+1:])
	f := func(from string, want int) {
		t.Helper()
		if got, body := get(t, "http://"+address+"/", "X-Forwarded-For", from); got != want {
			t.Errorf("from %s: status %d, want %d: %.200s", from, got, want, body)
		}
	}
	f("192.0.2.10", 403)
	f("192.0.2.20", 401)
	f("198.51.100.8", 403)
	f("203.0.113.1", 200)
	s.cli("decisions", "add", "-i", "203.0.113.1")
	f("203.0.113.1", 403)
	s.cli("decisions", "delete", "-i", "203.0.113.1")
	f("203.0.113.1", 200)
}

func TestCommunityClient(t *testing.T) {
	testx.Peers(t, "npm")
	s := start(t, "")
	seed(s)
	s.cli("machines", "add", "watcher", "--password", "correct-horse-battery", "-f", "-")
	p := node(t, "client.mjs", s.url(), s.key("client"), "watcher", "correct-horse-battery")
	p.says("added 192.0.2.10\n")
	p.says("added 198.51.100.0/24\n")
	p.says("added 2001:db8::10\n")
	p.tell("live 192.0.2.20", "live 192.0.2.20 captcha")
	p.tell("live 203.0.113.1", "live 203.0.113.1 clean")
	p.tell("alerts 192.0.2.10", "alerts 192.0.2.10 1")
	p.tell("forget 192.0.2.10", "all refused, forgot 192.0.2.10")
	p.says("deleted 192.0.2.10\n")
	p.tell("alerts 192.0.2.10", "alerts 192.0.2.10 0")
	s.cli("decisions", "add", "-i", "203.0.113.7", "-d", "3s")
	p.says("added 203.0.113.7\n")
	p.says("deleted 203.0.113.7\n")
}
