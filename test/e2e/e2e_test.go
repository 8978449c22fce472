// Package e2e runs other people's bouncers and agents, unchanged, against our local API: Debian's packages unpacked and
// npm's, as .ci/peers fetches them.
//
// The test's own binary is the program: started with [asProgram] in its environment it is tocsin. Start from [start].
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tocsin.example/internal/cli"
)

// What the test's binary is to be instead of a test.
const (
	asProgram = "TOCSIN_E2E_PROGRAM" // tocsin, with the arguments
	asVisitor = "TOCSIN_E2E_VISIT"   // a client that connects from one address to another: "FROM TO"
)

func TestMain(m *testing.M) {
	way := os.Getenv(asVisitor)
	var code int
	switch {
	case os.Getenv(asProgram) != "":
		code = cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	case way != "":
		code = visit(way)
	default:
		code = m.Run()
	}
	os.Exit(code) //nolint:forbidigo // this is a main
}

// visit is 0 when the connection was made.
func visit(way string) int {
	from, to, _ := strings.Cut(way, " ")
	d := net.Dialer{Timeout: 2 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.DialContext(context.Background(), "tcp", to)
	if err != nil {
		return 1
	}
	_ = c.Close()
	return 0
}

// patience is how long something that must happen may take on a busy machine.
const patience = 30 * time.Second

// eventually waits until ok holds, and fails the test with what it says last.
func eventually(t *testing.T, what string, ok func() (bool, string)) {
	t.Helper()
	last := ""
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		var held bool
		if held, last = ok(); held {
			return
		}
	}
	t.Fatalf("%s: not within %s; at last: %s", what, patience, last)
}

// process is a program at work; what it writes is kept.
type process struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	done chan struct{}

	mu  sync.Mutex
	out bytes.Buffer
}

// launch starts a program, in a network namespace if ns names one. It is killed when the test ends.
func launch(t *testing.T, ns string, env []string, name string, args ...string) *process {
	t.Helper()
	argv := append([]string{name}, args...)
	if ns != "" {
		argv = append([]string{"ip", "netns", "exec", ns}, argv...)
	}
	p := &process{t: t, name: filepath.Base(name), cmd: exec.Command(argv[0], argv[1:]...), done: make(chan struct{})} //nolint:noctx // it ends by signal
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended does not matter: what it did is looked at
		close(p.done)
	}()
	t.Cleanup(func() {
		p.signal(syscall.SIGKILL)
		<-p.done
		if t.Failed() {
			t.Logf("%s said:\n%s", p.name, p.said())
		}
	})
	return p
}

// Write keeps what the program writes.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

func (p *process) signal(s syscall.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
}

// stop asks the program to end and waits until it has.
func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("%s does not stop", p.name)
	}
}

// says waits for a text in the program's output.
func (p *process) says(text string) {
	p.t.Helper()
	eventually(p.t, p.name+" says "+text, func() (bool, string) {
		said := p.said()
		return strings.Contains(said, text), said
	})
}

// tell writes a line to the program, and waits for its answer: the text that follows what was said until now.
func (p *process) tell(line, answer string) {
	p.t.Helper()
	before := len(p.said())
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.t.Fatal(err)
	}
	eventually(p.t, p.name+", told "+line+", answers "+answer, func() (bool, string) {
		said := p.said()[before:]
		for lines := bufio.NewScanner(strings.NewReader(said)); lines.Scan(); {
			if lines.Text() == answer {
				return true, ""
			}
		}
		return false, said
	})
}

// until writes a line to the program again and again, until it is answered so: what is asked for happens by itself.
func (p *process) until(line, answer string) {
	p.t.Helper()
	before := len(p.said())
	eventually(p.t, p.name+", asked "+line+", comes to answer "+answer, func() (bool, string) {
		if _, err := io.WriteString(p.in, line+"\n"); err != nil {
			p.t.Fatal(err)
		}
		said := p.said()[before:]
		return strings.Contains(said, answer+"\n"), said
	})
}

// server is a local API at work.
type server struct {
	t       *testing.T
	ns      string
	dir     string
	address string
	process *process
}

// start runs the local API with a state folder of its own, in a network namespace if ns names one.
func start(t *testing.T, ns string) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "tocsin-e2e-") //nolint:usetesting // a socket's name may have some hundred bytes only
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &server{t: t, ns: ns, dir: dir, address: "127.0.0.1:8080"}
	if ns == "" {
		s.address = freePort(t)
	}
	s.begin()
	return s
}

func freePort(t *testing.T) string {
	t.Helper()
	var c net.ListenConfig
	l, err := c.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// begin starts the server's process; it may have been stopped.
func (s *server) begin() {
	s.t.Helper()
	s.process = launch(s.t, s.ns, []string{asProgram + "=1"}, os.Args[0],
		"run", "--api-only", "--state", s.dir, "--listen", s.address)
	eventually(s.t, "the server is up", func() (bool, string) {
		select {
		case <-s.process.done:
			s.t.Fatalf("the server ended: %s", s.process.said())
		default:
		}
		out, err := s.try("lapi", "status")
		return err == nil, out
	})
}

func (s *server) url() string { return "http://" + s.address }

// try runs the command line against the server's state folder.
func (s *server) try(args ...string) (string, error) {
	cmd := exec.CommandContext(s.t.Context(), os.Args[0], append([]string{"--state", s.dir}, args...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// cli is try where nothing may go wrong.
func (s *server) cli(args ...string) string {
	s.t.Helper()
	out, err := s.try(args...)
	if err != nil {
		s.t.Fatalf("tocsin %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return out
}

// key adds a bouncer and returns its key.
func (s *server) key(name string) string {
	s.t.Helper()
	return s.cli("bouncers", "add", name, "-o", "raw")
}

// get is the status of a request to an application, 0 if there is none, and its body.
func get(t *testing.T, url string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, string(body)
}

// write puts a file into a folder of the test and returns its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
