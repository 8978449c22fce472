package cond

import (
	"testing"

	"tocsin.example/internal/event"
)

// TestTrailCovers holds that every condition on a bucket of the hub can do with a trail in place of the events.
func TestTrailCovers(t *testing.T) {
	c := NewCompiler(event.NewSchema(), fullHost())
	c.SetFast(true)
	n := 0
	for _, e := range hubExpressions(t) {
		if e.kind != KindBucket {
			continue
		}
		p, err := c.Compile(e.kind, e.src, e.want)
		if err != nil {
			t.Fatal(err)
		}
		n++
		if _, ok := p.Trails(0); !ok {
			_, why := p.Fast()
			t.Errorf("%s: %s", why, e.src.Value)
		}
	}
	if n < 10 {
		t.Errorf("only %d conditions were found", n)
	}
}
