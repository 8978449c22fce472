package parse

import (
	"net/netip"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
)

type whitelist struct {
	reason string
	ips    map[netip.Addr]struct{}
	nets   []netip.Prefix
	exprs  []*cond.Program
}

// whitelist compiles a whitelist; nil when it has no entries.
func (c *compiler) whitelist(d *listDoc) *whitelist {
	if d == nil {
		return nil
	}
	w := &whitelist{reason: d.Reason.Value, ips: map[netip.Addr]struct{}{}}
	for _, s := range d.IP {
		a, err := netip.ParseAddr(s.Value)
		if err != nil {
			c.Fault(s.Problem(0, "write one address, or move a range to cidr:", "%q is not an address", s.Value))
			continue
		}
		w.ips[a.Unmap()] = struct{}{}
	}
	for _, s := range d.CIDR {
		p, err := netip.ParsePrefix(s.Value)
		if err != nil {
			c.Fault(s.Problem(0, "write for example 192.0.2.0/24", "%q is not a range", s.Value))
			continue
		}
		w.nets = append(w.nets, unmap(p).Masked())
	}
	for _, s := range d.Expressions {
		if p := c.program(s, cond.WantAny); p != nil {
			w.exprs = append(w.exprs, p)
		}
	}
	if len(w.ips)+len(w.nets)+len(w.exprs) == 0 {
		return nil
	}
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
func (r *Runner) listed(w *whitelist, ev *event.Event) bool {
	if len(w.ips)+len(w.nets) > 0 {
		for _, a := range ev.Scalars().ParseIPSources() {
			if _, ok := w.ips[a]; ok {
				return true
			}
			for _, p := range w.nets {
				if p.Contains(a) {
					return true
				}
			}
		}
	}
	for _, p := range w.exprs {
		ok, err := p.Bool(r.run, r.envOf(ev))
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
