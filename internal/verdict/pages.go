package verdict

import "sort"

// place is where a record stands in an order: by a first number, then by a second one.
type place struct {
	a int64
	b uint64
}

func (p place) before(q place) bool { return p.a < q.a || p.a == q.a && p.b < q.b }

// pageLen is how many records a page holds: with it, a page takes 2 KiB.
const pageLen = 506

// page is a part of an order.
type page struct {
	first place // none of its records stands before it
	n     int
	recs  [pageLen]uint32
}

// pages keep the numbers of records in order. Adding behind the last one is the fast case and fills the pages; in other
// places they are split when they are full, and merged when they run empty.
type pages struct {
	at   func(n uint32) place
	list []*page
}

// cursor is a position among pages. It is good until they change.
type cursor struct{ page, i int }

// end says whether there is nothing at the cursor.
func (p *pages) end(c cursor) bool { return c.page >= len(p.list) }

func (p *pages) get(c cursor) uint32 { return p.list[c.page].recs[c.i] }

func (p *pages) next(c cursor) cursor {
	if c.i++; c.i < p.list[c.page].n {
		return c
	}
	return cursor{c.page + 1, 0}
}

// after returns where the first record stands that stands behind a place.
func (p *pages) after(q place) cursor {
	return p.seek(func(n uint32) bool { return q.before(p.at(n)) })
}

// seek returns where the first record stands for which f is true. It must be true for all behind that one.
func (p *pages) seek(f func(n uint32) bool) cursor {
	// The first page whose last record fits holds the first one that does.
	k := sort.Search(len(p.list), func(i int) bool { return f(p.list[i].recs[p.list[i].n-1]) })
	if k == len(p.list) {
		return cursor{k, 0}
	}
	g := p.list[k]
	return cursor{k, sort.Search(g.n-1, func(i int) bool { return f(g.recs[i]) })}
}

// add puts a record in its place.
func (p *pages) add(n uint32) {
	at := p.at(n)
	last := len(p.list) - 1
	if last < 0 {
		p.list = append(p.list, &page{first: at})
		last = 0
	}
	if g := p.list[last]; g.n == 0 || p.at(g.recs[g.n-1]).before(at) {
		if g.n == pageLen {
			g = &page{first: at}
			p.list = append(p.list, g)
		}
		g.recs[g.n] = n
		g.n++
		return
	}
	k := p.pageOf(at)
	g := p.list[k]
	if g.n == pageLen {
		p.split(k)
		if !at.before(p.list[k+1].first) {
			g = p.list[k+1]
		}
	}
	i := sort.Search(g.n, func(i int) bool { return at.before(p.at(g.recs[i])) })
	copy(g.recs[i+1:g.n+1], g.recs[i:g.n])
	g.recs[i] = n
	g.n++
	if i == 0 {
		g.first = at
	}
}

// pageOf is the last page that may hold a place, or the first one.
func (p *pages) pageOf(at place) int {
	return max(0, sort.Search(len(p.list), func(i int) bool { return at.before(p.list[i].first) })-1)
}

func (p *pages) split(k int) {
	g, half := p.list[k], pageLen/2
	other := &page{n: g.n - half}
	copy(other.recs[:], g.recs[half:g.n])
	g.n = half
	other.first = p.at(other.recs[0])
	p.list = append(p.list, nil)
	copy(p.list[k+2:], p.list[k+1:])
	p.list[k+1] = other
}

// remove takes a record out, and reports whether it was there.
func (p *pages) remove(n uint32) bool {
	if len(p.list) == 0 {
		return false
	}
	at := p.at(n)
	k := p.pageOf(at)
	g := p.list[k]
	i := sort.Search(g.n, func(i int) bool { return !p.at(g.recs[i]).before(at) })
	if i == g.n || g.recs[i] != n {
		return false
	}
	copy(g.recs[i:], g.recs[i+1:g.n])
	g.n--
	switch {
	case g.n == 0:
		p.drop(k)
	case g.n < pageLen/4:
		p.merge(k)
	}
	return true
}

// merge makes one of a page and the next one or the one before, if both fit with room to spare.
func (p *pages) merge(k int) {
	if k+1 == len(p.list) {
		k--
	}
	if k < 0 || p.list[k].n+p.list[k+1].n > pageLen*3/4 {
		return
	}
	g, other := p.list[k], p.list[k+1]
	g.n += copy(g.recs[g.n:], other.recs[:other.n])
	p.drop(k + 1)
}

func (p *pages) drop(k int) {
	copy(p.list[k:], p.list[k+1:])
	p.list[len(p.list)-1] = nil
	p.list = p.list[:len(p.list)-1]
}
