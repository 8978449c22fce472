package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tocsin.example/bench/load"
)

// many is how many decisions are in force.
const many = 1_000_000

// address is number i of the addresses that are decided against: half of them IPv4.
func address(i int) netip.Addr {
	if i%2 == 0 {
		n := uint32(i/2) * 2654435761 // an odd factor: a different address for each i
		return netip.AddrFrom4([4]byte{byte(n>>24)%100 + 20, byte(n >> 16), byte(n >> 8), byte(n)})
	}
	return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i), 15: 1})
}

// values writes n addresses, a line each, and returns the file.
func (l *lab) values(n int) (string, error) {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(address(i).String())
		b.WriteByte('\n')
	}
	path := filepath.Join(l.dir, fmt.Sprintf("values-%d", n))
	return path, os.WriteFile(path, b.Bytes(), 0o600)
}

// measure runs everything and returns the table's rows.
func (l *lab) measure(ctx context.Context) ([]row, error) {
	var rows []row
	say := func(r row) {
		fmt.Fprintf(os.Stderr, "%-60s %-32s wanted %-22s %v\n", r.what, r.got, r.wanted, r.ok)
		rows = append(rows, r)
	}
	steps := []func(context.Context, func(row)) error{l.million, l.hundred, l.alerts}
	for _, step := range steps {
		if err := step(ctx, say); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func (l *lab) million(ctx context.Context, say func(row)) error {
	n := l.n(many)
	s, _, err := l.start(ctx, "million")
	if err != nil {
		return err
	}
	defer func() { _ = s.cmd.Process.Kill() }()
	if s.key, err = s.cli(ctx, "bouncers", "add", "bench", "-o", "raw"); err != nil {
		return err
	}
	file, err := l.values(n)
	if err != nil {
		return err
	}
	begin, used := time.Now(), s.cpu()
	if _, err := s.cli(ctx, "decisions", "import", "-i", file, "--format", "values", "-d", "24h"); err != nil {
		return err
	}
	took := time.Since(begin).Seconds()
	say(row{"import of 1,000,000 values", fmt.Sprintf("%.1f s (%.1f s of CPU)", took, s.cpu()-used), "under 15 s", took < 15, "534 s"})
	say(row{"resident after the import", fmt.Sprintf("%.0f MB", s.memory("VmRSS")), "", true, ""})
	if err := s.stop(); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	s2, up, err := l.start(ctx, "million")
	if err != nil {
		return err
	}
	defer func() { _ = s2.cmd.Process.Kill() }()
	s2.key = s.key
	say(row{"start from disk with 1,000,000", fmt.Sprintf("%.2f s", up.Seconds()), "under 3 s", up < 3*time.Second, ""})
	rss := s2.memory("VmRSS")
	say(row{"resident with 1,000,000, after the start", fmt.Sprintf("%.0f MB", rss), "under 150 MB", rss < 150, "119 MB"})
	if err := l.lookups(ctx, s2, n, say); err != nil {
		return err
	}
	if err := l.pulls(ctx, s2, say); err != nil {
		return err
	}
	return s2.stop()
}

func (l *lab) lookups(ctx context.Context, s *server, n int, say func(row)) error {
	ask := func(ctx context.Context, _ int) error {
		a := address(rand.IntN(2 * n)) // half of them are not decided against
		_, err := s.get(ctx, s.key, "/v1/decisions?ip="+a.String())
		return err
	}
	load.Run(ctx, load.Plan{Rate: 1000, For: time.Second, Workers: 32, Do: ask}) // connections, caches
	used := s.cpu()
	r := load.Run(ctx, load.Plan{Rate: 4000, For: 10 * time.Second / time.Duration(min(l.scale, 10)), Workers: 64, Do: ask})
	if r.First != nil {
		return r.First
	}
	used = s.cpu() - used
	rate := float64(r.Sent.Load()) / used
	p99 := r.Hist.Quantile(0.99)
	say(row{"live look-ups, per second of CPU", fmt.Sprintf("%.0f", rate), "20,000", rate >= 20000, "5.5"})
	say(row{"live look-up at 4,000/s: median, p99", fmt.Sprintf("%.2f ms, %.2f ms", ms(r.Hist.Quantile(0.5)), ms(p99)), "p99 under 2 ms", p99 < 2*time.Millisecond, "158 ms"})
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (l *lab) pulls(ctx context.Context, s *server, say func(row)) error {
	used := s.cpu()
	const times = 5
	var size int64
	for range times {
		var err error
		if size, err = s.get(ctx, s.key, "/v1/decisions/stream?startup=true"); err != nil {
			return err
		}
	}
	each := (s.cpu() - used) / times
	say(row{fmt.Sprintf("startup pull (%.0f MB)", float64(size)/1e6), fmt.Sprintf("%.2f s of CPU", each), "under 1 s", each < 1, "19 s"})
	const deltas = 2000
	used = s.cpu()
	for range deltas {
		if _, err := s.get(ctx, s.key, "/v1/decisions/stream"); err != nil {
			return err
		}
	}
	each = (s.cpu() - used) / deltas * 1000
	say(row{"empty delta", fmt.Sprintf("%.3f ms of CPU", each), "under 1 ms", each < 1, "464 ms"})
	peak, err := l.crowd(ctx, s, 10)
	if err != nil {
		return err
	}
	say(row{"greatest resident memory, 10 bouncers at once on 1,000,000", fmt.Sprintf("%.0f MB", peak), "under 500 MB", peak < 500, ""})
	return nil
}

// crowd lets several bouncers start at once, and returns the server's greatest resident memory in MB.
func (l *lab) crowd(ctx context.Context, s *server, bouncers int) (float64, error) {
	keys := make([]string, bouncers)
	for i := range keys {
		var err error
		if keys[i], err = s.cli(ctx, "bouncers", "add", fmt.Sprintf("crowd-%d", i), "-o", "raw"); err != nil {
			return 0, err
		}
	}
	s.forgetPeak()
	var all sync.WaitGroup
	failed := make(chan error, bouncers)
	for _, k := range keys {
		all.Go(func() {
			if _, err := s.get(ctx, k, "/v1/decisions/stream?startup=true"); err != nil {
				failed <- err
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
		return s.memory("VmHWM"), nil
	}
}

func (l *lab) hundred(ctx context.Context, say func(row)) error {
	s, _, err := l.start(ctx, "hundred")
	if err != nil {
		return err
	}
	defer func() { _ = s.cmd.Process.Kill() }()
	file, err := l.values(l.n(many / 10))
	if err != nil {
		return err
	}
	if _, err := s.cli(ctx, "decisions", "import", "-i", file, "--format", "values", "-d", "24h"); err != nil {
		return err
	}
	peak, err := l.crowd(ctx, s, 100)
	if err != nil {
		return err
	}
	say(row{"greatest resident memory, 100 bouncers at once on 100,000", fmt.Sprintf("%.0f MB", peak), "under 500 MB", peak < 500, ""})
	return s.stop()
}

func (l *lab) alerts(ctx context.Context, say func(row)) error {
	s, _, err := l.start(ctx, "alerts")
	if err != nil {
		return err
	}
	defer func() { _ = s.cmd.Process.Kill() }()
	const password = "a-bench-needs-one"
	if _, err := s.cli(ctx, "machines", "add", "bench", "--password", password, "-f", "-"); err != nil {
		return err
	}
	if s.token, err = s.login(ctx, "bench", password); err != nil {
		return err
	}
	post := func(ctx context.Context, i int) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/v1/alerts", bytes.NewReader(alert(i)))
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+s.token)
		r.Header.Set("Content-Type", "application/json")
		_, err = s.do(r, http.StatusCreated)
		return err
	}
	load.Run(ctx, load.Plan{Rate: 500, For: time.Second, Workers: 16, Do: post})
	used := s.cpu()
	r := load.Run(ctx, load.Plan{Rate: 20000, For: 5 * time.Second / time.Duration(min(l.scale, 10)), Workers: 64, Do: post}) // more than it can do
	if r.First != nil {
		return r.First
	}
	rate := float64(r.Sent.Load()) / r.Took.Seconds()
	say(row{"POST /v1/alerts, one a request, 64 at once", fmt.Sprintf("%.0f/s (%.0f per second of CPU)", rate, float64(r.Sent.Load())/(s.cpu()-used)), "5,000/s", rate >= 5000, "520/s"})
	return s.stop()
}

func (s *server) login(ctx context.Context, name, password string) (string, error) {
	body, err := json.Marshal(map[string]any{"machine_id": name, "password": password, "scenarios": []string{}})
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/v1/watchers/login", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	answer, err := s.http.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	var told struct{ Token string }
	if err := json.NewDecoder(answer.Body).Decode(&told); err != nil || told.Token == "" {
		return "", fmt.Errorf("login: status %d: %w", answer.StatusCode, err)
	}
	return told.Token, nil
}

// alert is number i of the alerts, as an agent sends it: six events, no decision.
func alert(i int) []byte {
	ip := address(i + 100_000_000).String()
	now := time.Now().UTC().Format(time.RFC3339)
	event := map[string]any{"timestamp": now, "meta": []map[string]string{
		{"key": "log_type", "value": "ssh_failed-auth"},
		{"key": "service", "value": "ssh"},
		{"key": "source_ip", "value": ip},
		{"key": "target_user", "value": "root"},
	}}
	b, err := json.Marshal([]map[string]any{{
		"scenario": "tocsin/ssh-bf", "scenario_hash": "4b1f", "scenario_version": "1.0", "message": "Ip " + ip + " performed 6 events",
		"events_count": 6, "start_at": now, "stop_at": now, "capacity": 5, "leakspeed": "10s", "simulated": false, "remediation": true,
		"events": []any{event, event, event, event, event, event},
		"source": map[string]any{"scope": "Ip", "value": ip, "ip": ip},
	}})
	if err != nil {
		panic(err) // a map of texts always has a JSON form
	}
	return b
}
