package verdict

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/uuid"
)

// Find returns the decisions in force that a query asks for: the most severe first, of these the one that lasts longest,
// then by ID; or by ID alone. One that asks by address, value, ID or UUID costs by what it finds, other ones look at all
// decisions.
//
// hot:
func (x *Index) Find(at time.Time, q Query) []tocsin.Decision {
	s := newSearch(x, at, q)
	var room [8]hit
	hits := room[:0]
	if s.pointed {
		hits = s.point(hits)
	} else {
		hits = s.scan(hits)
	}
	if len(hits) == 0 {
		return nil
	}
	return s.answer(hits)
}

// Each yields the decisions in force that a query asks for in the order of IDs, as ByID has it. It is for lists that may be long: the
// index is not locked while one is yielded. What begins meanwhile is not among them, what ends meanwhile may be.
func (x *Index) Each(at time.Time, q Query) iter.Seq[tocsin.Decision] {
	q.ByID = true
	s := newSearch(x, at, q)
	if s.pointed || s.hasStrays() {
		return slices.Values(x.Find(at, q))
	}
	return s.each
}

// search is a query that is being answered.
type search struct {
	x   *Index
	now view
	q   Query
	m   matcher
	// pointed says that the query asks for something by which records are found without looking at all of them.
	pointed bool
	ids     []int64 // sorted
	asked   value   // of the query's value, if it is an address or range
	byValue bool
	uuid    [16]byte
	byUUID  bool
}

// hit is a record that was found.
type hit struct {
	n     uint32
	seq   uint64
	id    int64
	until int64
	rank  int
}

func newSearch(x *Index, at time.Time, q Query) search {
	s := search{x: x, q: q, m: newMatcher(q.Filter)}
	s.now.at = milli(at)
	if q.Prefix.IsValid() {
		s.q.Prefix = address.Masked(q.Prefix)
	}
	if q.Value != "" {
		if p, single, ok := parsePrefix(q.Value); ok {
			s.asked, s.byValue = valueOf(p, single), true
		}
	}
	if q.IDs != nil {
		s.ids = slices.Clone(q.IDs)
		slices.Sort(s.ids)
		s.ids = slices.Compact(s.ids)
	}
	s.uuid, s.byUUID = uuid.Parse(q.UUID)
	if q.UUID != "" && q.IDs == nil {
		s.byFamily()
	}
	s.pointed = s.q.IDs != nil || q.Value != "" || q.Prefix.IsValid() && (!q.Inside || q.Prefix.IsSingleIP())
	return s
}

// byFamily turns a UUID that is made of an ID into one. If no decision has another one, that is all there is to find.
func (s *search) byFamily() {
	x := s.x
	x.mu.RLock()
	defer x.mu.RUnlock()
	family, id := halves(s.uuid)
	switch {
	case s.byUUID && slices.Contains(x.rows.families, family) && x.hasUUID(x.byID(id), s.uuid):
		s.ids = []int64{id}
	case x.rows.foreign > 0:
		return
	}
	s.q.IDs = append([]int64{}, s.ids...)
}

func (x *Index) hasUUID(n uint32, asked [16]byte) bool {
	if n == 0 {
		return false
	}
	u, ok := x.rows.uuid(n)
	return ok && u == asked
}

func (s *search) hasStrays() bool {
	s.x.mu.RLock()
	defer s.x.mu.RUnlock()
	return len(s.x.rows.strays) > 0
}

// point finds what the query points at.
func (s *search) point(hits []hit) []hit {
	x := s.x
	x.mu.RLock()
	defer x.mu.RUnlock()
	s.now.seq = x.seq
	switch {
	case s.q.IDs != nil:
		for _, id := range s.ids {
			if n := x.byID(id); n != 0 {
				hits = s.take(hits, n)
			}
		}
	case s.q.Value != "":
		if s.byValue {
			hits = s.chain(hits, x.chains.head(&s.asked))
		}
		v := value{text: s.q.Value}
		hits = s.chain(hits, x.chains.head(&v))
	default:
		if p := s.q.Prefix; p.IsSingleIP() {
			v := valueOf(p, true)
			hits = s.chain(hits, x.chains.head(&v))
		}
		for _, n := range x.chains.around(s.q.Prefix) {
			hits = s.chain(hits, n)
		}
	}
	return hits
}

func (s *search) chain(hits []hit, n uint32) []hit {
	for ; n != 0; n = s.x.rows.at(n).next {
		hits = s.take(hits, n)
	}
	return hits
}

// take adds a record if it is in force and all that is asked.
func (s *search) take(hits []hit, n uint32) []hit {
	r := s.x.rows.at(n)
	if !s.x.shows(s.now, r) || !s.answers(n, r) {
		return hits
	}
	h := hit{n: n, seq: r.seq(), id: s.x.rows.id(n), until: r.until()}
	if !s.q.ByID {
		h.rank = s.x.rank(s.x.tuples.at(r.tuple).kind)
	}
	return append(hits, h)
}

func (s *search) answers(n uint32, r *record) bool {
	x, q := s.x, &s.q
	sort := x.tuples.at(r.tuple)
	if !s.m.passes(sort) || q.After != 0 && x.rows.id(n) <= q.After {
		return false
	}
	if q.Prefix.IsValid() && !s.inPrefix(n) {
		return false
	}
	if q.Value != "" {
		if v := x.rows.value(n); (!s.byValue || v != s.asked) && v != (value{text: q.Value}) {
			return false
		}
	}
	if q.UUID != "" && !s.hasUUID(n, r) {
		return false
	}
	if q.IDs != nil {
		_, ok := slices.BinarySearch(s.ids, x.rows.id(n))
		return ok
	}
	return true
}

func (s *search) inPrefix(n uint32) bool {
	v := s.x.rows.value(n)
	p := v.prefix()
	switch {
	case !p.IsValid():
		return false
	case s.q.Inside:
		return address.Holds(s.q.Prefix, p)
	default:
		return address.Holds(p, s.q.Prefix)
	}
}

func (s *search) hasUUID(n uint32, r *record) bool {
	if r.is(isOdd) || !s.byUUID {
		return r.is(isOdd) && strings.EqualFold(s.x.rows.texts.list[r.uuid], s.q.UUID)
	}
	return s.x.hasUUID(n, s.uuid)
}

// start returns behind which change the decisions begin that the query may ask for.
func (s *search) start() uint64 {
	x := s.x
	x.mu.RLock()
	defer x.mu.RUnlock()
	s.now.seq = x.seq
	if s.q.After <= 0 || len(x.rows.strays) > 0 {
		return 0
	}
	c := x.order.seek(func(n uint32) bool { return x.rows.at(n).id() > s.q.After })
	if x.order.end(c) {
		return x.seq
	}
	return x.rows.at(x.order.get(c)).seq() - 1
}

// scan looks at all decisions, some at a time.
func (s *search) scan(hits []hit) []hit {
	most := 0 // hits that are needed
	if s.q.Limit > 0 {
		most = min(max(s.q.Offset, 0), math.MaxInt32) + min(s.q.Limit, math.MaxInt32)
	}
	enough := most > 0 && s.q.ByID && !s.hasStrays()
	for from := s.start(); from < s.now.seq; {
		from = s.x.visit(from, s.now.seq, func(n uint32) bool {
			hits = s.take(hits, n)
			return !enough || len(hits) < most
		})
		if enough && len(hits) >= most {
			break
		}
		if most > 0 && len(hits) > 2*most+s.x.look {
			s.sort(hits)
			hits = hits[:most]
		}
	}
	return hits
}

func (s *search) sort(hits []hit) {
	slices.SortFunc(hits, func(a, b hit) int {
		if s.q.ByID {
			return cmp.Compare(a.id, b.id)
		}
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.until, a.until), cmp.Compare(a.id, b.id))
	})
}

// answer makes decisions of hits.
func (s *search) answer(hits []hit) []tocsin.Decision {
	s.sort(hits)
	hits = hits[min(max(s.q.Offset, 0), len(hits)):]
	if s.q.Limit > 0 {
		hits = hits[:min(s.q.Limit, len(hits))]
	}
	var b batch
	if len(hits) <= s.x.batch {
		return s.batch(&b, hits)
	}
	out := make([]tocsin.Decision, 0, len(hits))
	for len(hits) > 0 {
		k := min(s.x.batch, len(hits))
		out = append(out, s.batch(&b, hits[:k])...)
		hits = hits[k:]
	}
	return out
}

func (s *search) batch(b *batch, hits []hit) []tocsin.Decision {
	s.x.mu.RLock()
	defer s.x.mu.RUnlock()
	b.grow(len(hits))
	for _, h := range hits {
		if r := s.x.rows.at(h.n); r.seq() == h.seq && !r.is(isDead) { // not forgotten meanwhile
			b.add(s.x, h.n, s.now.seq)
		}
	}
	return b.done()
}

func (s *search) each(yield func(tocsin.Decision) bool) {
	from := s.start()
	w := walk{x: s.x, now: s.now}
	skip, left := s.q.Offset, s.q.Limit
	for d := range w.stream(nil, from, func(n uint32) bool { r := s.x.rows.at(n); return s.x.shows(s.now, r) && s.answers(n, r) }) {
		if skip--; skip >= 0 {
			continue
		}
		if !yield(d) {
			return
		}
		if left--; left == 0 {
			return
		}
	}
}
