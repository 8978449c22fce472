package gen

import "net/netip"

// people are the addresses of a log: visitors, and apart from them those who attack.
type people struct {
	addresses []string
	attackers int // the last ones
}

// newPeople makes n addresses, all different as far as n allows: public ones of the old family, and about one in seven
// from the documentation's range of the new one.
func newPeople(n int, d *dice) *people {
	p := &people{addresses: make([]string, 0, n), attackers: max(1, n/50)}
	seen := make(map[netip.Addr]bool, n)
	for len(p.addresses) < n {
		a := publicV4(d)
		if d.chance(7) {
			a = docV6(d)
		}
		if !seen[a] {
			seen[a] = true
			p.addresses = append(p.addresses, a.String())
		}
	}
	return p
}

// publicV4 is an address that is not private, shared, reserved or a group's.
func publicV4(d *dice) netip.Addr {
	for {
		a := netip.AddrFrom4([4]byte{byte(d.between(1, 223)), byte(d.IntN(256)), byte(d.IntN(256)), byte(d.between(1, 254))})
		b := a.As4()
		if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || b[0] == 100 && b[1]&0xC0 == 64 {
			continue
		}
		return a
	}
}

// docV6 is an address in 2001:db8::/32, in the short forms and long ones that are met.
func docV6(d *dice) netip.Addr {
	b := [16]byte{0x20, 0x01, 0x0d, 0xb8, byte(d.IntN(256)), byte(d.IntN(256))}
	from := 8
	if d.chance(3) {
		from = 14 // a server's, most of it zeros
	}
	for i := from; i < 16; i++ {
		b[i] = byte(d.IntN(256))
	}
	return netip.AddrFrom16(b)
}

// visitor is an address that means well; the first ones come most often.
func (p *people) visitor(d *dice) string {
	n := max(1, len(p.addresses)-p.attackers)
	// The cube of a number below 1: half of the visits come from an eighth of the visitors.
	x := d.Float64()
	return p.addresses[int(float64(n)*x*x*x)]
}

// stray is any address, each as often as the others.
func (p *people) stray(d *dice) string { return p.addresses[d.IntN(len(p.addresses))] }

// attacker is an address that attacks.
func (p *people) attacker(d *dice) string {
	return p.addresses[len(p.addresses)-1-d.IntN(min(p.attackers, len(p.addresses)))]
}
