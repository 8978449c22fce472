package stash

import "container/list"

// place is where a policy keeps an entry.
type place struct {
	list *list.List
	at   *list.Element
	freq *list.Element // LFU: the bucket of entries used as often
}

func (p *place) putFront(l *list.List, e *entry) { p.list, p.at = l, l.PushFront(e) }

func (p *place) take() {
	if p.list != nil {
		p.list.Remove(p.at)
		p.list, p.at = nil, nil
	}
}

func back(l *list.List) *entry { return l.Back().Value.(*entry) } //nolint:forcetypeassert // our own list

// lru keeps entries in the order of their last use.
type lru struct{ order *list.List }

func newLRU() *lru { return &lru{order: list.New()} }

func (p *lru) add(e *entry)          { e.place.putFront(p.order, e) }
func (p *lru) use(e *entry)          { p.order.MoveToFront(e.place.at) }
func (p *lru) victim(string) *entry  { return back(p.order) }
func (p *lru) drop(e *entry, _ bool) { e.place.take() }

// lfu keeps a list of buckets, each for one number of uses, smallest first; each holds its entries by last use.
type lfu struct{ buckets *list.List }

type bucket struct {
	uses    int
	entries *list.List
}

func newLFU() *lfu { return &lfu{buckets: list.New()} }

func bucketAt(e *list.Element) *bucket { return e.Value.(*bucket) } //nolint:forcetypeassert // our own list

func (p *lfu) add(e *entry) { p.put(e, 1, nil) }

func (p *lfu) use(e *entry) {
	from := e.place.freq
	uses := bucketAt(from).uses + 1
	e.place.take()
	p.put(e, uses, from)
	p.clean(from)
}

// put places an entry into the bucket for a number of uses, which stands right behind after, or in front.
func (p *lfu) put(e *entry, uses int, after *list.Element) {
	next := p.buckets.Front()
	if after != nil {
		next = after.Next()
	}
	if next == nil || bucketAt(next).uses != uses {
		b := &bucket{uses: uses, entries: list.New()}
		if after == nil {
			next = p.buckets.PushFront(b)
		} else {
			next = p.buckets.InsertAfter(b, after)
		}
	}
	e.place.freq = next
	e.place.putFront(bucketAt(next).entries, e)
}

func (p *lfu) clean(b *list.Element) {
	if bucketAt(b).entries.Len() == 0 {
		p.buckets.Remove(b)
	}
}

func (p *lfu) victim(string) *entry { return back(bucketAt(p.buckets.Front()).entries) }

func (p *lfu) drop(e *entry, _ bool) {
	e.place.take()
	p.clean(e.place.freq)
	e.place.freq = nil
}

// arc keeps entries seen once in t1 and others in t2, and remembers the keys that were evicted from them in b1 and b2: a
// key that comes back shifts room from one to the other.
type arc struct {
	size, want     int // want: how many entries t1 should have
	t1, t2, b1, b2 *list.List
	ghosts         map[string]*entry // keys in b1 and b2
}

func newARC(size int) *arc {
	return &arc{
		size: size, t1: list.New(), t2: list.New(), b1: list.New(), b2: list.New(), ghosts: map[string]*entry{},
	}
}

func (p *arc) add(e *entry) {
	g := p.ghosts[e.key]
	if g == nil {
		// Ghosts are bounded: t1 and b1 hold at most size keys, all four twice as many.
		for p.b1.Len() > 0 && p.t1.Len()+p.b1.Len() >= p.size {
			p.forget(back(p.b1))
		}
		for p.b2.Len() > 0 && p.t1.Len()+p.t2.Len()+p.b1.Len()+p.b2.Len() >= 2*p.size {
			p.forget(back(p.b2))
		}
		e.place.putFront(p.t1, e)
		return
	}
	p.forget(g)
	e.place.putFront(p.t2, e)
}

// adapt shifts the room when a key comes back. It runs before the victim is chosen.
func (p *arc) adapt(g *entry) {
	if g.place.list == p.b1 {
		p.want = min(p.size, p.want+max(1, p.b2.Len()/p.b1.Len()))
		return
	}
	p.want = max(0, p.want-max(1, p.b1.Len()/p.b2.Len()))
}

func (p *arc) use(e *entry) {
	e.place.take()
	e.place.putFront(p.t2, e)
}

func (p *arc) victim(key string) *entry {
	g := p.ghosts[key]
	if g != nil {
		p.adapt(g)
	}
	fromB2 := g != nil && g.place.list == p.b2
	n := p.t1.Len()
	if n > 0 && (n > p.want || fromB2 && n == p.want) || p.t2.Len() == 0 {
		return back(p.t1)
	}
	return back(p.t2)
}

func (p *arc) drop(e *entry, evicted bool) {
	from := e.place.list
	e.place.take()
	if !evicted {
		return
	}
	g := &entry{key: e.key}
	to := p.b1
	if from == p.t2 {
		to = p.b2
	}
	g.place.putFront(to, g)
	p.ghosts[g.key] = g
	for p.t1.Len()+p.b1.Len() > p.size && p.b1.Len() > 0 {
		p.forget(back(p.b1))
	}
}

func (p *arc) forget(g *entry) {
	g.place.take()
	delete(p.ghosts, g.key)
}
