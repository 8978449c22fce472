// Package gen makes logs for measurements: the same options give the same bytes, on every machine.
//
// The logs are made up. They have the proportions of real ones (a few visitors who come often and many who come once,
// pages with what they bring along, crawlers, monitors, strays, and attacks that come in bursts), and times that advance.
// They are no corpus: what rules must find in real logs is tested elsewhere. Start from [Write].
package gen

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Kind is the form of a log.
type Kind string

// The kinds. What a replay calls their type is [Kind.Type].
const (
	Nginx   Kind = "nginx"   // nginx's access log in the format "combined"
	SSHD    Kind = "sshd"    // sshd in syslog, as RFC 3164 writes it
	Mix     Kind = "mix"     // a server's syslog: nginx, sshd, mail, cron, the firewall
	Caddy   Kind = "caddy"   // Caddy's access log, JSON
	Traefik Kind = "traefik" // Traefik's access log, JSON
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Nginx, SSHD, Mix, Caddy, Traefik} }

// Type is the label "type" of such lines: what --type of a replay wants.
func (k Kind) Type() string {
	switch k {
	case SSHD, Mix:
		return "syslog"
	default:
		return string(k)
	}
}

// Limits and defaults of [Options].
const (
	DefaultAddresses = 20_000
	DefaultAttacks   = 0.02
	MaxLines         = 1_000_000_000
	MaxAddresses     = 10_000_000
)

// Options say what to write.
type Options struct {
	Kind  Kind
	Lines int
	Seed  uint64
	// Addresses is how many addresses there are, DefaultAddresses when 0. About one in seven is of the new family.
	Addresses int
	// Attacks is the share of lines that belong to an attack, 0 to 1.
	Attacks float64
}

func (o *Options) check() error {
	switch {
	case !slices.Contains(Kinds(), o.Kind):
		return fmt.Errorf("there is no kind %q of log (there are %s)", o.Kind, kindNames())
	case o.Lines < 1 || o.Lines > MaxLines:
		return fmt.Errorf("%d lines are out of range (1 to %d)", o.Lines, MaxLines)
	case o.Addresses < 0 || o.Addresses > MaxAddresses:
		return fmt.Errorf("%d addresses are out of range (1 to %d)", o.Addresses, MaxAddresses)
	case !(o.Attacks >= 0 && o.Attacks <= 1): // not a number is neither
		return errors.New("the share of attacks is out of range (0 to 1)")
	}
	return nil
}

func kindNames() string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// start is when every log starts; a million lines take hours, or days for sshd.
func start() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }

// source makes the lines of one kind.
type source interface {
	// line appends a line of the moment at, without its end.
	line(b []byte, at time.Time) []byte
	// pace is the mean time between lines.
	pace() time.Duration
}

// Write writes a log of o.Lines lines, each with its end.
func Write(w io.Writer, o Options) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.Addresses == 0 {
		o.Addresses = DefaultAddresses
	}
	rng := rand.New(rand.NewPCG(o.Seed, uint64(len(o.Kind))<<32|uint64(o.Kind[0])))
	d := &dice{Rand: rng}
	src := newSource(o, d)
	out := bufio.NewWriterSize(w, 1<<18)
	var b []byte
	at := start()
	for range o.Lines {
		// Uniform from 0 to twice the mean: lines crowd and spread, and a log's length in time is known.
		at = at.Add(time.Duration(d.Int64N(int64(2*src.pace() + 1))))
		b = append(src.line(b[:0], at), '\n')
		if _, err := out.Write(b); err != nil {
			return fmt.Errorf("write log: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	return nil
}

func newSource(o Options, d *dice) source {
	people := newPeople(o.Addresses, d)
	switch o.Kind {
	case SSHD:
		return newSSHLog(people, o.Attacks, d)
	case Mix:
		return newServer(people, o.Attacks, d)
	case Caddy:
		return &webLog{site: newSite(people, o.Attacks, d), form: appendCaddy}
	case Traefik:
		return &webLog{site: newSite(people, o.Attacks, d), form: appendTraefik}
	default:
		return &webLog{site: newSite(people, o.Attacks, d), form: appendNginx}
	}
}

// dice are loaded: the same seed rolls the same numbers.
type dice struct{ *rand.Rand }

// between is a number from low to high, both included.
func (d *dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// chance is true in about one of n rolls.
func (d *dice) chance(n int) bool { return d.IntN(n) == 0 }

// pick is one of the words.
func (d *dice) pick(words []string) string { return words[d.IntN(len(words))] }

// bursts decides which lines belong to attacks: they come one attack after the other, each dense, and make up their
// share over time.
type bursts struct {
	share float64
	owed  float64 // lines of attacks that are due
	left  int     // lines of the attack at hand
}

// due says whether the next line is an attack's; fresh says that a new attack begins, which the caller then sizes by
// begin.
func (u *bursts) due(d *dice) (attack, fresh bool) {
	u.owed += u.share
	switch {
	case u.left > 0:
		// An attacker sends about every second line, unless attacks are most of the log.
		attack = d.Float64() < max(0.5, u.share)
	case u.owed >= 1 && d.Float64() < u.owed/60:
		attack, fresh = true, true
	}
	return attack, fresh
}

// begin starts an attack of n lines.
func (u *bursts) begin(n int) { u.left = n }

// spend takes a line from the attack at hand.
func (u *bursts) spend() {
	u.left--
	u.owed--
}
