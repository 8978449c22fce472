package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin.example/internal/testx"
)

// agent is Debian's crowdsec 1.4.6 with a configuration that points at our local API.
type agent struct {
	t      *testing.T
	peer   string // the unpacked package
	dir    string
	config string
}

// newAgent writes a configuration with the sshd rules of the package.
func newAgent(t *testing.T, url, machine, password string) agent {
	t.Helper()
	a := agent{t: t, peer: testx.Peers(t, "crowdsec"), dir: t.TempDir()}
	hub := filepath.Join(a.peer, "usr", "share", "crowdsec", "hub")
	for _, item := range []string{
		"parsers/s00-raw/crowdsecurity/syslog-logs.yaml", "parsers/s01-parse/crowdsecurity/sshd-logs.yaml",
		"parsers/s02-enrich/crowdsecurity/dateparse-enrich.yaml", "scenarios/crowdsecurity/ssh-bf.yaml",
	} {
		text, err := os.ReadFile(filepath.Join(hub, item))
		if err != nil {
			t.Fatal(err)
		}
		write(t, a.dir, strings.Replace(item, "crowdsecurity/", "", 1), string(text))
	}
	for _, dir := range []string{"data", "log", "plugins", "notifications", "acquis.d", "postoverflows", "collections"} {
		if err := os.MkdirAll(filepath.Join(a.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, a.dir, "simulation.yaml", "simulation: false\n")
	write(t, a.dir, "acquis.yaml", "")
	write(t, a.dir, "profiles.yaml", "name: default\nfilters: [\"true\"]\ndecisions: [{type: ban, duration: 4h}]\non_success: break\n")
	credentials := write(t, a.dir, "credentials.yaml", fmt.Sprintf("url: %s/\nlogin: %s\npassword: %s\n", url, machine, password))
	a.config = write(t, a.dir, "config.yaml", strings.Join([]string{
		"common: {daemonize: false, log_media: stdout, log_level: info, working_dir: .}",
		"config_paths:",
		"  config_dir: " + a.dir,
		"  data_dir: " + filepath.Join(a.dir, "data"),
		"  simulation_path: " + filepath.Join(a.dir, "simulation.yaml"),
		"  hub_dir: " + hub,
		"  index_path: " + filepath.Join(hub, ".index.json"),
		"  notification_dir: " + filepath.Join(a.dir, "notifications"),
		"  plugin_dir: " + filepath.Join(a.dir, "plugins"),
		"crowdsec_service:",
		"  acquisition_path: " + filepath.Join(a.dir, "acquis.yaml"),
		"  acquisition_dir: " + filepath.Join(a.dir, "acquis.d"),
		"  parser_routines: 1",
		"cscli: {output: human}",
		"db_config: {type: sqlite, db_path: " + filepath.Join(a.dir, "data", "unused.db") + "}",
		"api:",
		"  client: {credentials_path: " + credentials + "}",
		"prometheus: {enabled: false}",
	}, "\n"))
	for _, name := range []string{"patterns"} {
		if err := os.CopyFS(filepath.Join(a.dir, name), os.DirFS(filepath.Join(a.peer, "etc", "crowdsec", name))); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// cscli runs the package's command line.
func (a agent) cscli(args ...string) string {
	a.t.Helper()
	cmd := exec.CommandContext(a.t.Context(), filepath.Join(a.peer, "usr", "bin", "cscli"), append([]string{"-c", a.config}, args...)...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		a.t.Fatalf("cscli %s: %v: %s%s", strings.Join(args, " "), err, out, errs.String())
	}
	return string(out) + errs.String()
}

// found is how many alerts or decisions a JSON list of cscli's has.
func (a agent) found(args ...string) int {
	a.t.Helper()
	out := a.cscli(append(args, "-o", "json")...)
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(out[:strings.LastIndexAny(out, "]l")+1]), &list); err != nil {
		a.t.Fatalf("cscli %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return len(list)
}

func TestAgent(t *testing.T) {
	testx.Peers(t, "crowdsec")
	s := start(t, "")
	s.cli("machines", "add", "debian", "--password", "correct-horse-battery", "-f", "-")
	a := newAgent(t, s.url(), "debian", "correct-horse-battery")

	if out := a.cscli("lapi", "status"); !strings.Contains(out, "successfully interact with Local API") {
		t.Errorf("cscli lapi status: %s", out)
	}
	var log strings.Builder
	at := time.Now().Add(-time.Minute)
	for i := range 12 {
		fmt.Fprintf(&log, "%s host sshd[%d]: Failed password for root from 203.0.113.77 port %d ssh2\n",
			at.Add(time.Duration(i)*time.Second).Format(time.Stamp), 4000+i, 50000+i)
	}
	lines := write(t, a.dir, "auth.log", log.String())
	p := launch(t, "", nil, filepath.Join(a.peer, "usr", "bin", "crowdsec"), "-c", a.config, "-no-api",
		"-dsn", "file://"+lines, "-type", "syslog")
	select {
	case <-p.done:
	case <-time.After(patience * 2):
		t.Fatal("the agent does not end")
	}
	if got := a.found("alerts", "list", "--ip", "203.0.113.77"); got == 0 {
		t.Fatalf("cscli sees no alert of the agent; it said:\n%s", p.said())
	}
	if got := a.found("decisions", "list", "--ip", "203.0.113.77"); got == 0 {
		t.Error("cscli sees no decision")
	}
	why := s.cli("why", "203.0.113.77")
	for _, want := range []string{"crowdsecurity/ssh-bf", "ban"} {
		if !strings.Contains(why, want) {
			t.Errorf("why does not say %q:\n%s", want, why)
		}
	}
	a.cscli("decisions", "delete", "--ip", "203.0.113.77")
	if got := a.found("decisions", "list", "--ip", "203.0.113.77"); got != 0 {
		t.Errorf("%d decisions are left after cscli decisions delete", got)
	}
	a.cscli("decisions", "add", "--ip", "203.0.113.78", "--duration", "1h", "--type", "captcha", "--reason", "by hand")
	if out := s.cli("decisions", "list", "-o", "raw"); !strings.Contains(out, "203.0.113.78") {
		t.Errorf("a decision of cscli's is not there: %s", out)
	}
	a.cscli("alerts", "delete", "--ip", "203.0.113.77")
	if got := a.found("alerts", "list", "--ip", "203.0.113.77"); got != 0 {
		t.Errorf("%d alerts are left after cscli alerts delete", got)
	}
}
