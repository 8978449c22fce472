package automaton

import (
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// DefaultLimit is how many bytes the cache of a DFA may take unless CompileLimit says otherwise.
const DefaultLimit = 1 << 20

// DFA says whether any of some expressions is found in a text. It makes its states when a text first needs them, and
// keeps them for all texts that follow. It is safe for concurrent use: goroutines share the states.
type DFA struct {
	class    [256]uint16 // of an ASCII byte; wide for others
	width    uint32      // length of a state's row: the classes and the end
	classes  *classes
	start    uint32 // row of the state in which texts begin
	anything bool   // an expression matches every text
	view     atomic.Pointer[view]

	mu      sync.Mutex // held while a transition is made
	builder builder
}

// wide is the class of bytes that are a part of a longer rune, or of none.
const wide = ^uint16(0)

// A view is the transitions as one sees them: of the state whose row begins at s, the one of class c is at s+c. What is
// known stays as it is; a view that has become too small is replaced by one with the same rows and room for more.
type view struct {
	next []atomic.Uint32
	gen  *generation
}

// What a transition may be apart from a row.
const (
	unknown uint32 = iota // not made yet
	dead                  // whatever follows, nothing is found
	matched               // whatever follows, an expression is found
	firstRow
)

// Compile makes an automaton that says whether any of the expressions is found in a text, with exactly the meaning of
// Go's regexp: each is in RE2 syntax and stands for itself, whatever flags the others set. Without expressions, nothing
// is found. The error is a *syntax.Error of package regexp/syntax, or ErrTooLarge.
func Compile(expressions ...string) (*DFA, error) { return CompileLimit(DefaultLimit, expressions...) }

// CompileLimit is Compile with another limit for the memory of the cache, in bytes.
func CompileLimit(limit int, expressions ...string) (*DFA, error) {
	p, err := newProgram(expressions)
	if err != nil {
		return nil, err
	}
	d := &DFA{classes: p.classes, width: small(p.classes.n) + 1}
	for b := range d.class {
		d.class[b] = wide
		if b < utf8.RuneSelf {
			d.class[b] = p.classes.of(rune(b))
		}
	}
	d.builder.prepare(p, min(max(limit, 0), 1<<30))
	d.anything = d.builder.found[p.beginning()]
	d.view.Store(d.builder.fresh(0))
	d.start = firstRow
	return d, nil
}

// Match reports whether any expression is found in text. ok is false when it gave up, because texts need more states than
// the cache holds and this one is about to make many again: ask Go's regexp then. It takes time linear in the text, and
// does not allocate once the states are made.
//
// hot:
func (d *DFA) Match(text string) (found, ok bool) {
	if d.anything {
		return true, true
	}
	v := d.view.Load()
	next := v.next
	s := d.start
	steps := 0
	for i := 0; i < len(text); {
		c := d.class[text[i]]
		if c == wide {
			r, n := utf8.DecodeRuneInString(text[i:])
			c = d.classes.of(r)
			i += n
		} else {
			i++
		}
		to := next[s+uint32(c)].Load()
		if to == unknown {
			v, to = d.step(v, s, uint32(c))
			next = v.next
			if steps++; tires(v.gen, steps, i) {
				return false, false
			}
		}
		if to < firstRow {
			return to == matched, true
		}
		s = to
	}
	to := next[s+d.width-1].Load()
	if to == unknown {
		_, to = d.step(v, s, d.width-1)
	}
	return to == matched, true
}

// A text may make as many transitions as it likes until the cache was full for the first time: they are bounded by it.
// From then on it may make some, and one more for each `patience` bytes. With more, making transitions costs more than
// Go's regexp does.
const (
	someSteps = 32
	patience  = 16
)

// tires reports whether a text that has made some transitions up to a place should give up.
func tires(gen *generation, steps, at int) bool {
	return gen.number > 0 && steps > someSteps+at/patience
}

// step makes a transition and returns the state behind it, with the view that has its row.
func (d *DFA) step(v *view, s, c uint32) (*view, uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.view.Load()
	now, to := d.builder.step(now, v.gen, s, c)
	d.view.Store(now)
	return now, to
}

// Bytes is the memory of the automaton now, in bytes: of its program, and of the states made so far, which the limit
// bounds.
func (d *DFA) Bytes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.builder.bytes() + d.view.Load().gen.bytes
}
