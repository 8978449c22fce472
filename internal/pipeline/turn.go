package pipeline

import "sync"

// turn lets batches take effect one after the other. A batch that is parsed before its turn is parked; whoever holds the
// turn then lets it take effect too.
type turn struct {
	desks chan *desk // free ones

	mu     sync.Mutex
	passed *sync.Cond
	seq    uint64           // the batch whose turn it is
	parked map[uint64]*desk // parsed, by seq
}

func (t *turn) init(desks int) {
	t.passed = sync.NewCond(&t.mu)
	t.parked = make(map[uint64]*desk, desks)
	t.desks = make(chan *desk, desks)
	for range desks {
		t.desks <- &desk{}
	}
}

// desk returns a free desk, waiting for one.
func (t *turn) desk() *desk { return <-t.desks }

func (t *turn) free(d *desk) { t.desks <- d }

// has reports whether it is the turn of a batch. If so, it is the caller's until pass.
func (t *turn) has(seq uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()

	return t.seq == seq
}

// wait returns when it is the turn of a batch. It is the caller's until pass.
func (t *turn) wait(seq uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()

	for t.seq != seq {
		t.passed.Wait()
	}
}

// park leaves a parsed batch for its turn, or reports true when that has come: the turn is then the caller's.
func (t *turn) park(d *desk) bool {
	t.mu.Lock()
	defer t.mu.Unlock()

	if t.seq == d.job.seq {
		return true
	}
	t.parked[d.job.seq] = d
	return false
}

// pass ends the turn of a batch, whose desk is free again. If the next batch is parked, the turn stays with the caller
// and its desk is returned.
func (t *turn) pass(d *desk) *desk {
	t.free(d)
	t.mu.Lock()
	defer t.mu.Unlock()

	t.seq++
	next, ok := t.parked[t.seq]
	if ok {
		delete(t.parked, t.seq)
		return next
	}
	t.passed.Broadcast()
	return nil
}
