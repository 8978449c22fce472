package script_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a server may take to start on a loaded machine.
const patience = time.Minute

// manager stands for systemd: servers tell it when they are ready, as sd_notify(3) says.
type manager struct {
	path string
	conn *net.UnixConn
}

// newManager listens in a folder of its own, since a socket's path must be short.
func newManager() (*manager, error) {
	dir, err := os.MkdirTemp("", "ready")
	if err != nil {
		return nil, err
	}
	m := &manager{path: filepath.Join(dir, "notify")}
	m.conn, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.path, Net: "unixgram"})
	return m, err
}

// await waits for a word.
func (m *manager) await(word string) error {
	if err := m.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	b := make([]byte, 1024)
	for {
		n, err := m.conn.Read(b)
		if err != nil {
			return err
		}
		if strings.Contains(string(b[:n]), word) {
			return nil
		}
	}
}

func (m *manager) close() {
	_ = m.conn.Close()
	_ = os.RemoveAll(filepath.Dir(m.path))
}

// isUnix says whether there are the sockets that a server and its manager speak over.
const isUnix = runtime.GOOS != "windows" && runtime.GOOS != "plan9"

// serve runs a server in a folder until the test ends, and returns its state folder.
func serve(t *testing.T, dir string) string {
	t.Helper()
	m, err := newManager()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.close)
	state := filepath.Join(filepath.Dir(m.path), "state")
	var said strings.Builder
	cmd := exec.Command("tocsin", "run", "--api-only", "--listen", "127.0.0.1:0", "--no-dns", "--state", state) //nolint:noctx // it is stopped below
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), "NOTIFY_SOCKET="+m.path), &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
			t.Errorf("the server: %v\n%s", err, &said)
		}
	})
	if err := m.await("READY=1"); err != nil {
		t.Fatalf("the server is not ready: %v\n%s", err, &said)
	}
	return state
}

// managerKey is where a script's manager is kept.
type managerKey struct{}

// notify is "notify": servers that are started behind it tell when they are ready.
func notify(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: notify")
	}
	m, err := newManager()
	ts.Check(err)
	ts.Defer(m.close)
	ts.Setenv("NOTIFY_SOCKET", m.path)
	ts.Value(managerKey{}).(*holder).m = m
}

// ready is "ready": it waits until the server that was started is.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: ready")
	}
	if err := ts.Value(managerKey{}).(*holder).m.await("READY=1"); err != nil {
		ts.Fatalf("the server is not ready: %v", err)
	}
}

// holder keeps what a command leaves for another.
type holder struct{ m *manager }
