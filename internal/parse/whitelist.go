package parse

import (
	"net/netip"
	"slices"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
)

type whitelist struct {
	reason string
	ranges ranges
	exprs  []*cond.Program
	table  int // number of the expressions' index, from 1; 0 for none
}

// whitelist compiles a whitelist; nil when it has no entries.
func (c *compiler) whitelist(d *listDoc) *whitelist {
	if d == nil {
		return nil
	}
	w := &whitelist{reason: d.Reason.Value}
	var all []netip.Prefix
	for _, s := range d.IP {
		a, err := netip.ParseAddr(s.Value)
		if err != nil {
			c.Fault(s.Problem(0, "write one address, or move a range to cidr:", "%q is not an address", s.Value))
			continue
		}
		if a = a.Unmap(); a.Zone() != "" {
			all = append(all, netip.Prefix{}) // an entry, but of no address: those of events have no zone
			continue
		}
		all = append(all, netip.PrefixFrom(a, a.BitLen()))
	}
	for _, s := range d.CIDR {
		p, err := netip.ParsePrefix(s.Value)
		if err != nil {
			c.Fault(s.Problem(0, "write for example 192.0.2.0/24", "%q is not a range", s.Value))
			continue
		}
		all = append(all, unmap(p))
	}
	for _, s := range d.Expressions {
		if p := c.program(s, cond.WantAny); p != nil {
			w.exprs = append(w.exprs, p)
		}
	}
	if len(all)+len(w.exprs) == 0 {
		return nil
	}
	w.ranges = newRanges(all)
	return w
}

// unmap writes a range of IPv4-mapped addresses (::ffff:192.0.2.0/120) as the IPv4 range that it is: addresses are
// compared in that form.
func unmap(p netip.Prefix) netip.Prefix {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p
}

// listed reports whether the whitelist has one of the event's addresses or an expression that is true of it. An
// expression that fails is not true.
//
// hot:
func (r *Runner) listed(w *whitelist, ev *event.Event) bool {
	if len(w.ranges) > 0 && slices.ContainsFunc(r.addresses(ev), w.ranges.has) {
		return true
	}
	f := r.finder(w.table)
	for i := r.next(f, ev, 0); i < len(w.exprs); i = r.next(f, ev, i+1) {
		ok, err := w.exprs[i].Bool(r.run, r.envOf(ev))
		if err != nil {
			r.Counters.ExprErrors++
			continue
		}
		if ok {
			return true
		}
	}
	return false
}

// sources are the addresses that an event is about, remembered while its text of them is the same.
type sources struct {
	event  *event.Event
	resets uint64
	text   string
	list   []netip.Addr
}

// addresses are what ParseIPSources gives.
//
// hot:
func (r *Runner) addresses(ev *event.Event) []netip.Addr {
	v := ev.Scalars()
	if v.Type != event.TypeLog {
		return v.ParseIPSources()
	}
	m, text := &r.sources, ev.Text(&r.set.fields.sourceIP)
	if m.event == ev && m.resets == ev.Resets() && m.text == text {
		return m.list
	}
	m.event, m.resets, m.text, m.list = ev, ev.Resets(), text, m.list[:0]
	if text == "" {
		return nil // an error would be made for nothing
	}
	if a, err := netip.ParseAddr(text); err == nil {
		m.list = append(m.list, a.Unmap().WithZone(""))
	}
	return m.list
}
