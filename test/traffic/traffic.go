// Package traffic plays an hour of what a server's logs say of one kind of visitor: benign ones, whom no rule may ban, and
// attackers, whom the rules must find. The same options play the same hour.
//
// The benign classes and their rates are those of docs/benign.md. The package knows no rules: what they make of an hour is
// for the tests beside it. It is no measure of speed either, that is bench/gen. Start from [Classes] and [Class.Play].
package traffic

import (
	"container/heap"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// The two groups, which are the beginnings of names.
const (
	Benign = "benign/"
	Attack = "attack/"
)

// Line is one line of one log.
type Line struct {
	At time.Time
	// Type is the log that it belongs to, as the label "type" names it: "nginx", "syslog" ...
	Type string
	Text string // without its end
}

// Attacker is one who must be found.
type Attacker struct {
	// Sources are where it comes from: a ban of these, or of a part of them, is right. Others are not.
	Sources []netip.Prefix
	// Account is what it attacks when no source of it does enough to be found: then an alert must name the account.
	Account string
}

// Class is one kind of visitor.
type Class struct {
	// Name starts with Benign or Attack.
	Name string
	// About says in a line what it is.
	About string
	// Behaviors are what alerts about an attack may call it: the label "behavior". Nil for benign classes.
	Behaviors []string

	play func(w *world)
}

// Benign says whether no rule may ban this class.
func (c Class) Benign() bool { return strings.HasPrefix(c.Name, Benign) }

// Classes returns all classes, benign ones first, in a fixed order.
func Classes() []Class {
	return slices.Concat(webPages(), oddities(), services(), people(), machines(), attacksOnLogins(), attacksOnWeb(), attacksOnRest(), hiddenAttacks())
}

// Find returns the class of that name.
func Find(name string) (Class, error) {
	all := Classes()
	i := slices.IndexFunc(all, func(c Class) bool { return c.Name == name })
	if i < 0 {
		return Class{}, fmt.Errorf("there is no traffic %q", name)
	}
	return all[i], nil
}

// Options say how to play.
type Options struct {
	// Seed says which hour it is. When it is odd the daemons are some years old: stamps of RFC 3164, the messages of then.
	Seed uint64
	// Web is the form of access logs, Nginx when empty.
	Web Form
	// Length is how long it takes, an hour when 0.
	Length time.Duration
}

// Play is an hour at hand. It is played once, and used by one goroutine.
type Play struct {
	queue
	attackers []Attacker
	end       time.Time
}

// Start is when every hour begins: nine o'clock on a Monday.
func Start() time.Time { return time.Date(2026, 8, 17, 9, 0, 0, 0, time.UTC) }

// Play begins an hour of the class.
func (c Class) Play(o Options) *Play { return Mix(o, c) }

// Mix begins an hour in which several classes come to the same server, each from its own addresses.
func Mix(o Options, classes ...Class) *Play {
	if o.Web == "" {
		o.Web = Nginx
	}
	if o.Length == 0 {
		o.Length = time.Hour
	}
	p := &Play{end: Start().Add(o.Length)}
	homes := &homes{}
	for _, c := range classes {
		w := &world{dice: newDice(o.Seed, c.Name), Play: p, homes: homes, form: o.Web, old: o.Seed%2 == 1}
		c.play(w)
	}
	return p
}

// Lines yields the lines in the order of their times. Only what is under way is held in memory.
func (p *Play) Lines() iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for len(p.items) > 0 {
			it := heap.Pop(&p.queue).(item) //nolint:forcetypeassert // nothing else is pushed
			if it.line.At.After(p.end) {
				continue
			}
			if it.begin != nil {
				it.begin(it.line.At)
				continue
			}
			if !yield(it.line) {
				return
			}
		}
	}
}

// Attackers returns who must be found; all are known from the beginning.
func (p *Play) Attackers() []Attacker { return p.attackers }

// item is a line, or what begins at its time.
type item struct {
	line  Line
	begin func(at time.Time)
	n     int // keeps the order of what comes at one moment
}

// queue is what is still to come, the next first.
type queue struct {
	items []item
	n     int
}

func (q *queue) Len() int { return len(q.items) }
func (q *queue) Less(i, j int) bool {
	a, b := &q.items[i], &q.items[j]
	if c := a.line.At.Compare(b.line.At); c != 0 {
		return c < 0
	}
	return a.n < b.n
}
func (q *queue) Swap(i, j int) { q.items[i], q.items[j] = q.items[j], q.items[i] }
func (q *queue) Push(x any)    { q.items = append(q.items, x.(item)) } //nolint:forcetypeassert // see Pop

func (q *queue) Pop() any {
	last := len(q.items) - 1
	it := q.items[last]
	q.items[last] = item{}
	q.items = q.items[:last]
	return it
}

// world is what a class writes into.
type world struct {
	*dice
	*Play
	*homes
	form Form
	old  bool // daemons of some years ago
}

// say writes a line.
func (w *world) say(at time.Time, kind, text string) {
	w.n++
	heap.Push(&w.queue, item{line: Line{at, kind, text}, n: w.n})
}

// begin lets f begin at a time.
func (w *world) begin(at time.Time, f func(at time.Time)) {
	w.n++
	heap.Push(&w.queue, item{line: Line{At: at}, begin: f, n: w.n})
}

// after is a time from low to high seconds after the start.
func (w *world) after(low, high float64) time.Time { return Start().Add(w.seconds(low, high)) }

// every lets f begin at first and then again and again, low to high seconds apart.
func (w *world) every(first time.Time, low, high float64, f func(at time.Time)) {
	var again func(at time.Time)
	again = func(at time.Time) {
		f(at)
		w.begin(at.Add(w.seconds(low, high)), again)
	}
	w.begin(first, again)
}

// attacks notes that somebody is to be found.
func (w *world) attacks(sources ...netip.Prefix) {
	w.attackers = append(w.attackers, Attacker{Sources: sources})
}

// dice are loaded: the same seed rolls the same numbers.
type dice struct{ *rand.Rand }

func newDice(seed uint64, name string) *dice {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return &dice{rand.New(rand.NewPCG(seed, h))} //nolint:gosec // made-up logs are no secret
}

// between is a number from low to high, both included.
func (d *dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// seconds is a time from low to high seconds, to the millisecond.
func (d *dice) seconds(low, high float64) time.Duration {
	return time.Duration((low+d.Float64()*(high-low))*1000) * time.Millisecond
}

// chance is true in about n of 100 rolls.
func (d *dice) chance(n int) bool { return d.IntN(100) < n }

// pick is one of the words.
func (d *dice) pick(words []string) string { return words[d.IntN(len(words))] }

// hex is n hexadecimal digits.
func (d *dice) hex(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[d.IntN(16)]
	}
	return string(b)
}

// uuid is a random UUID.
func (d *dice) uuid() string {
	return d.hex(8) + "-" + d.hex(4) + "-4" + d.hex(3) + "-a" + d.hex(3) + "-" + d.hex(12)
}

// homes hand out addresses, each once: of the ranges for benchmarks (RFC 2544) and documentation (RFC 3849), of which no
// rule leaves one alone.
type homes struct{ v4, v6, bad4, bad6 int }

// home4 is an address of the old family.
func (h *homes) home4() string {
	h.v4++
	return netip.AddrFrom4([4]byte{198, 18, byte(h.v4 >> 8), byte(h.v4)}).String() //nolint:gosec // 65,536 are enough
}

// net6 is a /64 of the new family, as the beginning of an address.
func (h *homes) net6() netip.Prefix {
	h.v6++
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(h.v6 >> 8), byte(h.v6), 0, 1}), 64) //nolint:gosec // see home4
}

// home is an address, one in four of the new family.
func (w *world) home() string {
	if w.chance(25) {
		return w.within(w.net6())
	}
	return w.home4()
}

// within is some address of a range.
func (d *dice) within(p netip.Prefix) string {
	b := p.Masked().Addr().AsSlice()
	for i := range b {
		free := min(8, max(0, 8*(i+1)-p.Bits()))
		b[i] |= byte(d.IntN(1 << free)) //nolint:gosec // at most eight bits
	}
	if b[len(b)-1] == 0 {
		b[len(b)-1] = byte(d.between(1, 9)) //nolint:gosec // in range
	}
	a, _ := netip.AddrFromSlice(b)
	return a.String()
}

// enemy4 is the address of one attacker, which is noted.
func (w *world) enemy4() string {
	w.bad4++
	a := netip.AddrFrom4([4]byte{198, 19, byte(w.bad4 >> 8), byte(w.bad4)}) //nolint:gosec // see home4
	w.attacks(netip.PrefixFrom(a, 32))
	return a.String()
}

// enemy6 is the /64 of one attacker, which is noted.
func (w *world) enemy6() netip.Prefix {
	w.bad6++
	p := netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0xf0 | byte(w.bad6>>8), byte(w.bad6), 0, 1}), 64) //nolint:gosec // see home4
	w.attacks(p)
	return p
}
