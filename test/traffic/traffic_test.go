//go:build !race

// These tests have one goroutine, and would take minutes under the race detector.

package traffic_test

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"tocsin.example/test/traffic"
)

// TestDocument holds that docs/benign.md and the generators know the same benign classes.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/benign.md")
	if err != nil {
		t.Fatal(err)
	}
	n := strings.Count(string(text), "\n| `")
	for _, c := range traffic.Classes() {
		if !c.Benign() {
			continue
		}
		n--
		if !strings.Contains(string(text), "\n| `"+strings.TrimPrefix(c.Name, traffic.Benign)+"` |") {
			t.Errorf("docs/benign.md has no row for %s", c.Name)
		}
	}
	if n != 0 {
		t.Errorf("docs/benign.md has %d rows more than there are classes", n)
	}
}

// TestClasses holds what every class promises: the same hour for the same options, another one for another seed, lines in
// order, a name of its own, somebody to be found exactly in the attacks.
func TestClasses(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range traffic.Classes() {
		if seen[c.Name] || c.About == "" || c.Benign() == strings.HasPrefix(c.Name, traffic.Attack) {
			t.Errorf("%q is no good name, or has no description, or is there twice", c.Name)
		}
		seen[c.Name] = true
		if _, lines := digest(t, c, traffic.Options{Seed: 1}); lines < 20 || lines > 200_000 {
			t.Errorf("%s: %d lines in an hour", c.Name, lines)
		}
		const some = 15 * time.Minute
		a, lines := digest(t, c, traffic.Options{Seed: 1, Length: some})
		if b, _ := digest(t, c, traffic.Options{Seed: 1, Length: some}); a != b {
			t.Errorf("%s: the same seed gives other lines", c.Name)
		}
		if b, _ := digest(t, c, traffic.Options{Seed: 3, Length: some}); a == b && lines > 0 {
			t.Errorf("%s: another seed gives the same lines", c.Name)
		}
		if got := len(c.Play(traffic.Options{}).Attackers()); (got == 0) != c.Benign() || (len(c.Behaviors) == 0) != c.Benign() {
			t.Errorf("%s: %d attackers, behaviours %v", c.Name, got, c.Behaviors)
		}
	}
	if _, err := traffic.Find(traffic.Benign + "nobody"); err == nil {
		t.Error("a class that is not there was found")
	}
}

// digest plays an hour, looks at its order and that no line breaks, and returns its sum and its number of lines.
func digest(t *testing.T, c traffic.Class, o traffic.Options) (sum [32]byte, lines int) {
	t.Helper()
	h := sha256.New()
	last := traffic.Start()
	for l := range c.Play(o).Lines() {
		if l.At.Before(last) || strings.ContainsAny(l.Text, "\n\r") || l.Type == "" {
			t.Fatalf("%s: line %+v after %s", c.Name, l, last)
		}
		last = l.At
		lines++
		h.Write([]byte(l.Type))
		h.Write([]byte(l.Text))
		h.Write([]byte{'\n'})
	}
	h.Sum(sum[:0])
	return sum, lines
}

// TestJSON holds that logs in JSON are JSON, whatever is in their fields.
func TestJSON(t *testing.T) {
	for _, form := range []traffic.Form{traffic.Caddy, traffic.Traefik} {
		for _, c := range traffic.Classes() {
			for l := range c.Play(traffic.Options{Seed: 2, Web: form, Length: 10 * time.Minute}).Lines() {
				if strings.HasPrefix(l.Text, "{") && !json.Valid([]byte(l.Text)) {
					t.Fatalf("%s: no JSON: %s", c.Name, l.Text)
				}
			}
		}
	}
}

// TestStop holds that a reader may stop early.
func TestStop(t *testing.T) {
	c, err := traffic.Find(traffic.Benign + "spa")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range c.Play(traffic.Options{}).Lines() {
		if n++; n == 10 {
			break
		}
	}
	if n != 10 {
		t.Errorf("%d lines, want 10", n)
	}
}
