package grok_test
import ("testing";"fmt";"sort";"syscall";"tocsin.example/internal/plan";"tocsin.example/internal/grok")
func cpu() int64 { var r syscall.Rusage; syscall.Getrusage(0, &r); return r.Utime.Nano()+r.Stime.Nano() }
func TestZZSlow(t *testing.T) {
	lib := shipped(t); lines := corpusLines(t)
	type row struct{ hit, nhit, miss, nmiss, exc int64; s string }
	var rows []row
	c := plan.NewCompiler()
	hubPatterns(t, lib, func(_ string, own *grok.Library, pattern string) {
		p, err := own.Compile(pattern); if err != nil { return }
		pl, _ := c.Compile(p.Expanded())
		r := row{s: pattern}
		var ends []int
		var hits, misses []string
		for _, l := range lines { var o plan.Outcome; ends, o = pl.Find(l, ends); switch o { case plan.Found: hits = append(hits, l); case plan.NotFound: misses = append(misses, l); default: r.exc++ } }
		t0 := cpu(); n := int64(0)
		for len(hits) > 0 && n < 3000 { for _, l := range hits { ends, _ = pl.Find(l, ends); n++ } }
		t1 := cpu(); r.hit, r.nhit = (t1-t0)/max(n,1), int64(len(hits))
		for _, l := range misses { ends, _ = pl.Find(l, ends) }
		r.miss, r.nmiss = (cpu()-t1)/int64(max(len(misses),1)), int64(len(misses))
		rows = append(rows, r)
	})
	sort.Slice(rows, func(i, j int) bool { return rows[i].hit > rows[j].hit })
	for _, r := range rows[:25] { fmt.Println("HIT", r.hit, r.nhit, r.miss, r.exc, r.s[:min(90,len(r.s))]) }
	sort.Slice(rows, func(i, j int) bool { return rows[i].miss > rows[j].miss })
	for _, r := range rows[:25] { fmt.Println("MISS", r.hit, r.nhit, r.miss, r.exc, r.s[:min(90,len(r.s))]) }
	var exc, sum int64; for _, r := range rows { exc += r.exc; sum += r.miss }; fmt.Println("exceeded", exc, "avg miss", sum/int64(len(rows)))
	_ = fmt.Sprint; _ = sort.Slice; _ = rows; _ = c; _ = lines
}
