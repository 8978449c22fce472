package gen_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"tocsin.example/bench/gen"
)

func write(t *testing.T, o gen.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := gen.Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSameBytes holds what makes two reports comparable: the same options give the same bytes. Whoever changes the
// generators changes the digests, and starts a new series of reports.
func TestSameBytes(t *testing.T) {
	f := func(k gen.Kind, want string) {
		t.Helper()
		o := gen.Options{Kind: k, Lines: 2000, Seed: 1, Attacks: gen.DefaultAttacks}
		a := write(t, o)
		if n := strings.Count(a, "\n"); n != o.Lines {
			t.Errorf("%s: %d lines, want %d", k, n, o.Lines)
		}
		sum := sha256.Sum256([]byte(a))
		if got := hex.EncodeToString(sum[:8]); got != want {
			t.Errorf("%s: digest %s, want %s", k, got, want)
		}
		o.Lines = 1000
		if !strings.HasPrefix(a, write(t, o)) {
			t.Errorf("%s: a shorter log is not the beginning of the longer one", k)
		}
		o.Seed++
		if strings.HasPrefix(a, write(t, o)) {
			t.Errorf("%s: another seed gives the same log", k)
		}
	}
	f(gen.Nginx, "020f8f354607c117")
	f(gen.SSHD, "b82ff7c2b832f027")
	f(gen.Mix, "e14bbcc25975219d")
	f(gen.Caddy, "b81a6895be3bac27")
	f(gen.Traefik, "9f9ff117d36c51f5")
}

// TestMistakes holds that what makes no sense is refused, and that errors of the writer are passed on.
func TestMistakes(t *testing.T) {
	f := func(o gen.Options, want string) {
		t.Helper()
		err := gen.Write(&bytes.Buffer{}, o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", o, err, want)
		}
	}
	f(gen.Options{Kind: "iis", Lines: 1}, `no kind "iis"`)
	f(gen.Options{Kind: gen.Nginx}, "0 lines are out of range")
	f(gen.Options{Kind: gen.Nginx, Lines: 1, Addresses: -1}, "-1 addresses")
	f(gen.Options{Kind: gen.Nginx, Lines: 1, Attacks: 1.1}, "share of attacks")
	f(gen.Options{Kind: gen.Nginx, Lines: 1, Attacks: math.NaN()}, "share of attacks")
	if err := gen.Write(broken{}, gen.Options{Kind: gen.Nginx, Lines: 1}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v, want that of the writer", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestSmall holds that the odd numbers work: one address, nothing but attacks.
func TestSmall(t *testing.T) {
	for _, k := range gen.Kinds() {
		write(t, gen.Options{Kind: k, Lines: 300, Addresses: 1, Attacks: 1})
		write(t, gen.Options{Kind: k, Lines: 300, Addresses: 2})
	}
}

// TestTimes holds that times advance and do not leave a plausible pace.
func TestTimes(t *testing.T) {
	last := time.Time{}
	first := time.Time{}
	for line := range strings.Lines(write(t, gen.Options{Kind: gen.Nginx, Lines: 5000, Attacks: 0.02})) {
		_, rest, _ := strings.Cut(line, "[")
		stamp, _, _ := strings.Cut(rest, "]")
		at, err := time.Parse("02/Jan/2006:15:04:05 -0700", stamp)
		if err != nil {
			t.Fatal(err)
		}
		if at.Before(last) {
			t.Fatalf("the time goes back in %s", line)
		}
		if first.IsZero() {
			first = at
		}
		last = at
	}
	if took := last.Sub(first); took < 100*time.Second || took > 150*time.Second {
		t.Errorf("5000 lines take %s, want about two minutes", took)
	}
}

// TestJSON holds that logs in JSON are JSON.
func TestJSON(t *testing.T) {
	for _, k := range []gen.Kind{gen.Caddy, gen.Traefik} {
		for line := range strings.Lines(write(t, gen.Options{Kind: k, Lines: 2000, Attacks: 0.3})) {
			if !json.Valid([]byte(line)) {
				t.Fatalf("%s: no JSON: %s", k, line)
			}
		}
	}
}
