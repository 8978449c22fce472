package detect

import (
	"strconv"
	"testing"
	"time"
)

// TestPredecessors holds that sources that come and go do not fill the memory.
func TestPredecessors(t *testing.T) {
	p := predecessors{by: map[string]*predecessor{}}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 3 * MaxSources {
		source := strconv.Itoa(i)
		if p.of(source).seen {
			t.Fatalf("source %s is known before its first line", source)
		}
		p.add(source).at = at.Add(time.Duration(i))
		if got := p.of(source); !got.seen || !got.at.Equal(at.Add(time.Duration(i))) {
			t.Fatalf("source %s poured at %s", source, got.at)
		}
	}
	if len(p.by) != MaxSources || len(p.order) != MaxSources {
		t.Errorf("%d sources and %d in order, want %d", len(p.by), len(p.order), MaxSources)
	}
	if p.of("0").seen || !p.of(strconv.Itoa(2*MaxSources)).seen {
		t.Error("it is not the source that was first seen longest ago that went")
	}
}
