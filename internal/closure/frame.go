package closure

import (
	"hash/maphash"
	"time"

	"tocsin.example/internal/event"
	"tocsin.example/internal/trail"
)

// Frame is the state of one goroutine's evaluations. Its zero value is ready but for Owner.
type Frame struct {
	// Owner is what helpers get as their first argument.
	Owner any
	// Left is what is left of the budget of steps; an evaluation that takes more ends with [ErrBudget].
	Left int64
	// Weight is how many bytes the line of the event has. An evaluation sets it.
	Weight int
	// Trail and Leaky are what conditions see beside the event; see [Program.Note]. An evaluation's caller sets them.
	Trail *trail.Trail
	Leaky any
	// Asked counts the tests of events that were noted.
	Asked uint64

	ev     *event.Event
	view   *event.View // of ev, without its maps
	resets uint64      // of ev
	epoch  uint64      // counts the events that were seen; a memo of another epoch is dead
	at     int         // where in the source a failure comes from, in runes
	memory int         // elements that the evaluation created
	loops  []loopState
	cells  []cell
	args   []any
	memos  []memo
	lasted [8]lasted
	oldest int          // of those
	found  []foundText  // by hash
	seed   maphash.Seed // of that
	pos    int          // the position in the trail of the event that is read

	moments []time.Time // room for a list of times
}

// maxMoments bounds the room that a frame keeps for times.
const maxMoments = 1024

// cell is a variable; its type says which field.
type cell struct {
	v any
	s string
	e span
	i int
}

// enter readies the frame for an evaluation.
//
// hot:
func (r *Frame) enter(p *Program, ev *event.Event) {
	if ev != r.ev || ev.Resets() != r.resets {
		r.ev, r.view, r.resets = ev, ev.Scalars(), ev.Resets()
		r.epoch++
	}
	r.Weight, r.memory = len(r.view.Line.Raw), 0
	if len(r.loops) < p.loops {
		r.loops = make([]loopState, p.loops)
	}
	if len(r.cells) < p.cells {
		r.cells = make([]cell, p.cells)
	}
}

// failAt ends the evaluation with an error.
func (r *Frame) failAt(at int, err error) {
	r.at = at
	panic(err)
}

// Charge takes steps from the budget.
func (r *Frame) Charge(steps int) error {
	r.Left -= int64(steps)
	if r.Left < 0 || steps < 0 {
		return ErrBudget
	}
	return nil
}

// pay takes steps from the budget and ends the evaluation when it is exceeded.
//
// hot:
func (r *Frame) pay(at, steps int) {
	r.Left -= int64(steps)
	if r.Left < 0 || steps < 0 {
		r.failAt(at, ErrBudget)
	}
}

// grow counts elements that an evaluation creates, as expr's machine does.
func (r *Frame) grow(at, n int) {
	r.memory += n
	if n < 0 || r.memory >= MaxElements {
		r.at = at
		panic("memory budget exceeded") // as expr's machine says it
	}
}

// Size is what a value costs when a helper reads or makes it.
func Size(v any) int {
	switch v := v.(type) {
	case string:
		return len(v) + 1
	case []string:
		n := 16 * len(v)
		for _, s := range v {
			n += len(s)
		}
		return n
	case []any:
		return 16 * len(v)
	case map[string]any:
		return sizeOfMap(len(v))
	default:
		return 1
	}
}

// sizeOfMap is Size for a map of any values.
func sizeOfMap(n int) int { return 32 * n }
