package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tocsin.example/internal/testx"
)

func TestCustomBouncer(t *testing.T) {
	program := filepath.Join(testx.Peers(t, "crowdsec-custom-bouncer"), "usr", "bin", "crowdsec-custom-bouncer")
	s := start(t, "")
	dir := t.TempDir()
	log := filepath.Join(dir, "calls")
	script := write(t, dir, "script", "#!/bin/sh\necho \"$1 $2\" >>'"+log+"'\n")
	if err := os.Chmod(script, 0o700); err != nil {
		t.Fatal(err)
	}
	config := write(t, dir, "bouncer.yaml", strings.Join([]string{
		"bin_path: " + script,
		"piddir: " + dir,
		"update_frequency: 1s",
		"cache_retention_duration: 1s",
		"daemonize: false",
		"log_mode: stdout",
		"log_level: info",
		"api_url: " + s.url() + "/",
		"api_key: " + s.key("custom"),
		"prometheus: {enabled: false}",
	}, "\n"))
	s.cli("decisions", "add", "-i", "192.0.2.10")
	s.cli("decisions", "add", "-i", "192.0.2.20", "-t", "captcha")
	s.cli("decisions", "add", "-r", "2001:db8:1::/48")
	launch(t, "", nil, program, "-c", config)

	called := func(line string) {
		t.Helper()
		eventually(t, "the script is called with "+line, func() (bool, string) {
			calls, _ := os.ReadFile(log)
			return strings.Contains(string(calls), line+"\n"), string(calls)
		})
	}
	called("add 192.0.2.10")
	called("add 192.0.2.20")
	called("add 2001:db8:1::/48")
	s.cli("decisions", "delete", "-i", "192.0.2.10")
	called("del 192.0.2.10")
	s.cli("alerts", "delete", "-i", "192.0.2.20", "--force")
	called("del 192.0.2.20")
	s.process.stop()
	s.begin()
	s.cli("decisions", "add", "-i", "192.0.2.30", "-d", "5s")
	called("add 192.0.2.30")
	called("del 192.0.2.30")
}
