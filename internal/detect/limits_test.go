package detect

import (
	"strconv"
	"testing"
	"time"
)

// TestPredecessors holds that sources that come and go do not fill the memory.
func TestPredecessors(t *testing.T) {
	p := predecessors{at: map[string]time.Time{}}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 3 * MaxSources {
		p.note(strconv.Itoa(i), at.Add(time.Duration(i)))
		p.note(strconv.Itoa(i), at.Add(time.Duration(i)))
	}
	if len(p.at) != MaxSources || len(p.order) != MaxSources {
		t.Errorf("%d sources and %d in order, want %d", len(p.at), len(p.order), MaxSources)
	}
	last := 3*MaxSources - 1
	if got := p.at[strconv.Itoa(last)]; !got.Equal(at.Add(time.Duration(last))) {
		t.Errorf("the last source poured at %s", got)
	}
}
