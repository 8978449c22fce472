package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"tocsin.example/bench/gen"
)

// peer is what another program needs for the same lines.
type peer struct {
	program, version, rules string
	kind                    gen.Kind
	cost                    series // processor time of a line, in seconds, start-up taken off
	remark                  string
	against                 string // the case of ours that it compares with
}

// Sizes of the logs for peers: what a line costs is the slope between them.
const (
	peerFew  = 2_000
	peerMany = 6_000
)

// runPeers measures Debian's crowdsec and fail2ban. They are unpacked into a folder of their own and never installed.
// What cannot be measured is said in words.
func (l *lab) runPeers(ctx context.Context) ([]peer, string) {
	dir := filepath.Join(l.dir, "peers")
	if err := unpack(ctx, dir); err != nil {
		return nil, err.Error()
	}
	var out []peer
	var failed []string
	for _, f := range []func(context.Context, string) ([]peer, error){l.crowdsec, l.fail2ban} {
		p, err := f(ctx, dir)
		if err != nil {
			failed = append(failed, err.Error())
		}
		out = append(out, p...)
	}
	return out, strings.Join(failed, "; ")
}

func unpack(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "apt-get", "download", "crowdsec", "fail2ban")
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get download: %w: %s", err, lastLine(string(text)))
	}
	debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(debs) == 0 {
		return errors.New("apt-get downloaded nothing")
	}
	for _, deb := range debs {
		if text, err := exec.CommandContext(ctx, "dpkg", "-x", deb, dir).CombinedOutput(); err != nil {
			return fmt.Errorf("dpkg -x: %w: %s", err, lastLine(string(text)))
		}
	}
	return nil
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// version is a package's, as the name of its file has it.
func version(dir, name string) string {
	debs, _ := filepath.Glob(filepath.Join(dir, name+"_*.deb")) // the pattern is fine
	if len(debs) == 0 {
		return "?"
	}
	return strings.Split(filepath.Base(debs[0]), "_")[1]
}

// slope runs a command on a short and a long log, a few times in turn, and gives the processor time of a line.
func (l *lab) slope(ctx context.Context, k gen.Kind, command func(log string) *exec.Cmd) (cost series, err error) {
	for range min(3, l.rounds) {
		var took [2]float64
		for i, lines := range []int{peerFew, peerMany} {
			path, err := l.log(k, lines)
			if err != nil {
				return nil, err
			}
			if path, err = filepath.Abs(path); err != nil {
				return nil, err
			}
			ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
			c := command(path)
			killed := context.AfterFunc(ctx, func() {
				if c.Process != nil {
					_ = c.Process.Kill()
				}
			})
			text, err := c.CombinedOutput()
			killed()
			stop()
			if err != nil {
				return nil, fmt.Errorf("%s: %w: %s", filepath.Base(c.Path), err, lastLine(string(text)))
			}
			took[i] = (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
		}
		cost = append(cost, (took[1]-took[0])/(peerMany-peerFew))
	}
	return cost, nil
}

// crowdsec runs crowdsec on a finished log with the hub that its package brings. It insists on a local API, for which a
// server in this process stands, so that only its engine is measured.
func (l *lab) crowdsec(ctx context.Context, dir string) (out []peer, err error) {
	api, stop, err := fakeAPI(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	etc, err := crowdsecConfig(dir, api)
	if err != nil {
		return nil, err
	}
	bin, v := filepath.Join(dir, "usr", "bin", "crowdsec"), version(dir, "crowdsec")
	hub := filepath.Join(dir, "usr", "share", "crowdsec", "hub")
	for _, c := range []struct {
		rules    string
		all      bool
		kind     gen.Kind
		against  string
		packages []string
	}{
		{"collection nginx", false, gen.Nginx, "nginx, base rules", []string{"crowdsecurity/nginx"}},
		{"collection sshd", false, gen.SSHD, "sshd, base rules", []string{"crowdsecurity/sshd"}},
		{"all scenarios of its hub", true, gen.Nginx, "nginx, whole hub", nil},
		{"all scenarios of its hub", true, gen.SSHD, "sshd, whole hub", nil},
	} {
		if err := install(hub, etc, c.packages, c.all); err != nil {
			return out, err
		}
		command := func(log string) *exec.Cmd {
			return exec.CommandContext(ctx, bin, "-c", filepath.Join(etc, "config.yaml"), "-dsn", "file://"+log, "-type", c.kind.Type(), "-no-api")
		}
		n, err := l.loaded(c.kind, command)
		if err != nil {
			return out, fmt.Errorf("crowdsec %s with %s: %w", v, c.rules, err)
		}
		cost, err := l.slope(ctx, c.kind, command)
		if err != nil {
			return out, fmt.Errorf("crowdsec %s with %s: %w", v, c.rules, err)
		}
		out = append(out, peer{
			program: "crowdsec", version: v, rules: fmt.Sprintf("%s (%s scenarios)", c.rules, n), kind: c.kind, cost: cost,
			against: c.against, remark: "rules as its package brings them; one parser and one bucket routine",
		})
		l.say("crowdsec, %s, %s: %s µs a line", c.kind, c.rules, number(cost.median()*1e6))
	}
	return out, nil
}

var (
	scenariosLoaded = regexp.MustCompile(`Loaded ([1-9]\d*) scenarios`)
	nodesLoaded     = regexp.MustCompile(`Loaded [1-9]\d* nodes`)
)

// loaded is how many scenarios crowdsec says it has loaded. A run without rules would measure nothing.
func (l *lab) loaded(k gen.Kind, command func(log string) *exec.Cmd) (string, error) {
	path, err := l.log(k, 10)
	if err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	c := command(path)
	c.Args = append(c.Args, "-info")
	text, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, lastLine(string(text)))
	}
	m := scenariosLoaded.FindSubmatch(text)
	if m == nil || !nodesLoaded.Match(text) {
		return "", errors.New("it loads no rules")
	}
	return string(m[1]), nil
}

// crowdsecConfig writes a configuration that keeps to the folder.
func crowdsecConfig(dir, api string) (etc string, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	etc = filepath.Join(dir, "run")
	share := filepath.Join(dir, "usr", "share", "crowdsec")
	for _, d := range []string{"parsers", "scenarios", "postoverflows", "collections", "notifications"} {
		if err := os.MkdirAll(filepath.Join(etc, d), 0o755); err != nil {
			return "", err
		}
	}
	if err := os.CopyFS(filepath.Join(etc, "patterns"), os.DirFS(filepath.Join(dir, "etc", "crowdsec", "patterns"))); err != nil {
		return "", err
	}
	config := fmt.Sprintf(`common: {daemonize: false, log_media: stdout, log_level: error, working_dir: .}
config_paths: {config_dir: %[1]s, data_dir: %[2]s/data, simulation_path: %[1]s/simulation.yaml, hub_dir: %[2]s/hub,
  index_path: %[2]s/hub/.index.json, notification_dir: %[1]s/notifications, plugin_dir: %[1]s/notifications}
crowdsec_service: {parser_routines: 1, buckets_routines: 1}
db_config: {type: sqlite, db_path: %[1]s/crowdsec.db}
api: {client: {credentials_path: %[1]s/api.yaml}}
prometheus: {enabled: false}
`, etc, share)
	for name, text := range map[string]string{
		"config.yaml": config, "simulation.yaml": "simulation: false\n", "api.yaml": "url: " + api + "/\nlogin: report\npassword: report\n",
	} {
		if err := put(filepath.Join(etc, name), []byte(text)); err != nil {
			return "", err
		}
	}
	return etc, nil
}

var listed = regexp.MustCompile(`^\s*- "?([\w.-]+/[\w.-]+)`)

// install copies the parsers that both logs need and the scenarios of collections, or all scenarios. Copies count as the
// user's own files, which are always loaded.
func install(hub, etc string, collections []string, all bool) error {
	for _, d := range []string{"parsers", "scenarios"} {
		if err := os.RemoveAll(filepath.Join(etc, d)); err != nil {
			return err
		}
	}
	lay := func(kind, stage, name string) error {
		to := filepath.Join(etc, kind, stage, strings.ReplaceAll(name, "/", "_")+".yaml")
		text, err := os.ReadFile(filepath.Join(hub, kind, stage, filepath.FromSlash(name)+".yaml"))
		if err != nil {
			return err
		}
		return put(to, text)
	}
	for _, p := range [][2]string{
		{"s00-raw", "crowdsecurity/syslog-logs"},
		{"s01-parse", "crowdsecurity/nginx-logs"},
		{"s01-parse", "crowdsecurity/sshd-logs"},
		{"s02-enrich", "crowdsecurity/http-logs"},
		{"s02-enrich", "crowdsecurity/dateparse-enrich"},
	} {
		if err := lay("parsers", p[0], p[1]); err != nil {
			return err
		}
	}
	names, err := scenarios(hub, collections, all)
	if err != nil {
		return err
	}
	for name := range names {
		if err := lay("scenarios", "", name); err != nil {
			return err
		}
	}
	return nil
}

// scenarios are the names of those of collections, at any depth, or of all.
func scenarios(hub string, collections []string, all bool) (map[string]bool, error) {
	names := map[string]bool{}
	if all {
		files, err := filepath.Glob(filepath.Join(hub, "scenarios", "*", "*.yaml"))
		for _, f := range files {
			names[filepath.Base(filepath.Dir(f))+"/"+strings.TrimSuffix(filepath.Base(f), ".yaml")] = true
		}
		return names, err
	}
	for len(collections) > 0 {
		text, err := os.ReadFile(filepath.Join(hub, "collections", filepath.FromSlash(collections[0])+".yaml"))
		if err != nil {
			return nil, err
		}
		collections = collections[1:]
		section := ""
		for line := range strings.Lines(string(text)) {
			if key, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "-") {
				section = key
			}
			m := listed.FindStringSubmatch(line)
			switch {
			case m == nil:
			case section == "scenarios":
				names[m[1]] = true
			case section == "collections":
				collections = append(collections, m[1])
			}
		}
	}
	return names, nil
}

// fakeAPI is a local API that lets everybody in and keeps nothing.
func fakeAPI(ctx context.Context) (url string, stop func(), err error) {
	var listen net.ListenConfig
	ln, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	answer := func(w http.ResponseWriter, code int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(v) // who went away needs no answer
	}
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch {
		case strings.HasSuffix(r.URL.Path, "/login"):
			answer(w, http.StatusOK, map[string]any{"code": 200, "expire": "2099-01-01T00:00:00Z", "token": "report"})
		case r.Method == http.MethodPost:
			answer(w, http.StatusCreated, []string{"1"})
		default:
			answer(w, http.StatusOK, []string{})
		}
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(ln) // it ends by Close
	}()
	return "http://" + ln.Addr().String(), func() { _ = s.Close(); <-done }, nil
}

// fail2ban runs fail2ban-regex with the package's sshd filter.
func (l *lab) fail2ban(ctx context.Context, dir string) ([]peer, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	v := version(dir, "fail2ban")
	cost, err := l.slope(ctx, gen.SSHD, func(log string) *exec.Cmd {
		c := exec.CommandContext(ctx, "python3", filepath.Join(dir, "usr", "bin", "fail2ban-regex"),
			"-c", filepath.Join(dir, "etc", "fail2ban"), "--print-no-missed", "--print-no-ignored", log,
			filepath.Join(dir, "etc", "fail2ban", "filter.d", "sshd.conf"))
		c.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(dir, "usr", "lib", "python3", "dist-packages"))
		return c
	})
	if err != nil {
		return nil, fmt.Errorf("fail2ban %s: %w", v, err)
	}
	l.say("fail2ban: %s µs a line", number(cost.median()*1e6))
	return []peer{{
		program: "fail2ban-regex", version: v, rules: "its sshd filter", kind: gen.SSHD, cost: cost, against: "sshd, base rules",
		remark: "finds failures in lines; counts nothing",
	}}, nil
}
