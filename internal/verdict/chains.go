package verdict

import (
	"encoding/binary"
	"net/netip"

	"github.com/gaissmai/bart"

	"tocsin.example/internal/slab"
)

// chains lead from a value to the decisions on it: the one that began last, and from it to the others.
type chains struct {
	rows   *rows
	key    slab.Key
	heads  slab.Index // of all but ranges
	ranges bart.Table[uint32]
}

func (c *chains) hash(v *value) uint32 {
	switch v.kind {
	case four:
		return slab.Sum(c.key, uint64(binary.BigEndian.Uint32(v.addr[12:])), "").Hash()
	case six:
		return slab.Sum(c.key, binary.BigEndian.Uint64(v.addr[:]), v.addr[8:]).Hash()
	default:
		return slab.Sum(c.key, 1<<63, v.text).Hash()
	}
}

// head is the decision on a value that began last, 0 if there is none.
//
// hot:
func (c *chains) head(v *value) uint32 {
	if v.kind == ranged {
		n, _ := c.ranges.Get(v.prefix())
		return n
	}
	return c.find(v, c.hash(v))
}

func (c *chains) find(v *value, hash uint32) uint32 {
	p := c.heads.Seek(hash)
	for {
		n := p.Next()
		if n == 0 || c.rows.value(n) == *v {
			return n
		}
	}
}

// link puts a decision before the others on its value.
func (c *chains) link(n uint32, v *value) {
	var head uint32
	if v.kind == ranged {
		p := v.prefix()
		head, _ = c.ranges.Get(p)
		c.ranges.Insert(p, n)
	} else {
		hash := c.hash(v)
		if head = c.find(v, hash); head == 0 {
			c.heads.Add(hash, n)
			return
		}
		c.heads.Replace(hash, head, n)
	}
	if head == 0 {
		return
	}
	r := c.rows.at(n)
	r.next = head
	r.flags |= isShared
	c.rows.at(head).flags |= isShared
}

// unlink takes a dead decision out of its chain, and all others that are dead with it.
func (c *chains) unlink(n uint32) {
	if c.rows.at(n).is(isLoose) {
		return
	}
	v := c.rows.value(n)
	old := c.head(&v)
	head, last := uint32(0), uint32(0)
	for n := old; n != 0; {
		r := c.rows.at(n)
		next := r.next
		switch {
		case r.is(isDead):
			r.flags |= isLoose
		case last == 0:
			head, last = n, n
		default:
			c.rows.at(last).next = n
			last = n
		}
		n = next
	}
	if last != 0 {
		c.rows.at(last).next = 0
	}
	c.replace(&v, old, head)
}

func (c *chains) replace(v *value, old, head uint32) {
	switch {
	case old == head:
	case v.kind == ranged && head == 0:
		c.ranges.Delete(v.prefix())
	case v.kind == ranged:
		c.ranges.Insert(v.prefix(), head)
	case head == 0:
		c.heads.Remove(c.hash(v), old)
	default:
		c.heads.Replace(c.hash(v), old, head)
	}
}

// around lists the heads of all ranges that hold a prefix.
func (c *chains) around(p netip.Prefix) (list []uint32) {
	if p.IsSingleIP() {
		if _, ok := c.ranges.Lookup(p.Addr()); !ok { // the usual case, without an iterator
			return nil
		}
	}
	for _, n := range c.ranges.Supernets(p) {
		list = append(list, n)
	}
	return list
}
