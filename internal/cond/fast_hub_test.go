package cond

import (
	"slices"
	"testing"

	"tocsin.example/internal/event"
)

// TestFastCovers holds how many of the hub's expressions have closures, and fights each on an ordinary event.
func TestFastCovers(t *testing.T) {
	c := NewCompiler(event.NewSchema(), fullHost())
	c.SetFast(true)
	d := newDuel(t)
	all, slow := 0, map[string]int{}
	for _, e := range hubExpressions(t) {
		if !slices.Contains([]Kind{KindParser, KindPost, KindScenario}, e.kind) {
			continue
		}
		p, err := c.Compile(e.kind, e.src, e.want)
		if err != nil {
			t.Fatal(err)
		}
		all++
		if ok, why := p.Fast(); !ok {
			slow[why]++
			t.Logf("%s: %s", why, e.src.Value)
			continue
		}
		d.fight(p, sample(c.schema))
	}
	t.Logf("%d of %d expressions have closures; the others: %v", d.ran, all, slow)
	if d.ran*100 < all*99 {
		t.Errorf("only %d of %d expressions have closures: %v", d.ran, all, slow)
	}
}
