package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lab has the program and a folder for its states.
type lab struct {
	program string
	dir     string
	scale   int // sizes are divided by it
}

func (l *lab) n(whole int) int { return max(whole/l.scale, 10) }

// server is the program at work.
type server struct {
	lab     *lab
	state   string
	address string
	cmd     *exec.Cmd
	http    *http.Client
	key     string
	token   string
}

// start starts the program on a state folder and waits until it answers. It returns how long that took.
func (l *lab) start(ctx context.Context, state string) (*server, time.Duration, error) {
	var c net.ListenConfig
	free, err := c.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	s := &server{lab: l, state: filepath.Join(l.dir, state), address: free.Addr().String()}
	if err := free.Close(); err != nil {
		return nil, 0, err
	}
	s.http = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	s.cmd = exec.CommandContext(ctx, l.program, "run", "--api-only", "--state", s.state, "--listen", s.address)
	log, err := os.OpenFile(s.state+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, 0, err
	}
	s.cmd.Stdout, s.cmd.Stderr = log, log
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, 0, err
	}
	for tick := time.NewTicker(2 * time.Millisecond); ; <-tick.C {
		if _, err := s.get(ctx, "", "/health"); err == nil {
			return s, time.Since(begin), nil
		}
		if time.Since(begin) > time.Minute {
			text, _ := os.ReadFile(s.state + ".log")
			return nil, 0, fmt.Errorf("the server does not start: %s", text)
		}
	}
}

func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// cli runs the command line on the server's state and returns its output.
func (s *server) cli(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, s.lab.program, append([]string{"--state", s.state}, args...)...).Output()
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			return "", fmt.Errorf("tocsin %s: %w: %s", strings.Join(args, " "), err, failed.Stderr)
		}
		return "", err
	}
	return strings.TrimSpace(string(out)), nil
}

// cpu is the seconds of processor that the server has used.
func (s *server) cpu() float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	const ticks = 100 // USER_HZ, which is 100 on every Linux in use
	field := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, _ := strconv.ParseFloat(field[11], 64)
	system, _ := strconv.ParseFloat(field[12], 64)
	return (user + system) / ticks
}

// memory is a figure in kB of the server's /proc/PID/status, in MB.
func (s *server) memory(name string) float64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), name+":"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb * 1024 / 1e6
		}
	}
	return 0
}

// forgetPeak makes the kernel count the greatest resident memory anew.
func (s *server) forgetPeak() {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.cmd.Process.Pid), []byte("5"), 0)
}

// get asks the API as a bouncer with a key and returns how many bytes came.
func (s *server) get(ctx context.Context, key, target string) (int64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+target, nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("X-Api-Key", key)
	return s.do(r, http.StatusOK)
}

func (s *server) do(r *http.Request, want int) (int64, error) {
	answer, err := s.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != want {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 300))
		return 0, fmt.Errorf("%s %s: status %d: %s", r.Method, r.URL.Path, answer.StatusCode, text)
	}
	return io.Copy(io.Discard, answer.Body)
}
