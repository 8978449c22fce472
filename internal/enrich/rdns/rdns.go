// Package rdns asks DNS for the names of addresses and the addresses of names, with a cache and a bound on how many
// questions are under way. It is no resolver of its own: the system's, or the one of [Config], is asked. Start with
// [New].
package rdns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tocsin.example/internal/cond"
)

// Asker is the part of [net.Resolver] that is used.
type Asker interface {
	LookupAddr(ctx context.Context, addr string) (names []string, err error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// maxAnswers is how many answers of one question are looked at: each name costs a question to confirm it, and whoever
// owns an address can give it thousands.
const maxAnswers = 16

// Config tunes a resolver. The zero value has the defaults.
type Config struct {
	Asker       Asker         // the system's when nil
	Timeout     time.Duration // of a question with all that it takes, 3 s
	TTL         time.Duration // of an answer, 1 h
	NegativeTTL time.Duration // of no answer or a failure, 5 min
	Size        int           // entries of each cache, 16,384
	Parallel    int           // questions at once, 32
}

func (c Config) withDefaults() Config {
	if c.Asker == nil {
		c.Asker = net.DefaultResolver
	}
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&c.Timeout, 3*time.Second)
	def(&c.TTL, time.Hour)
	def(&c.NegativeTTL, 5*time.Minute)
	if c.Size <= 0 {
		c.Size = 16384
	}
	if c.Parallel <= 0 {
		c.Parallel = 32
	}
	return c
}

// Resolver implements [cond.Resolver]. It is safe for concurrent use; the same question asked by several at once is
// asked once. What it returns is shared and not to be written.
type Resolver struct {
	c     Config
	slots chan struct{}
	names *cache[netip.Addr]
	addrs *cache[string]
}

var _ cond.Resolver = (*Resolver)(nil)

// New returns a resolver with empty caches.
func New(c Config) *Resolver {
	c = c.withDefaults()
	return &Resolver{
		c: c, slots: make(chan struct{}, c.Parallel),
		names: newCache[netip.Addr](c.Size), addrs: newCache[string](c.Size),
	}
}

// ErrBusy is in the chain of the error when too many questions were under way for too long.
var ErrBusy = errors.New("too many DNS questions at once")

// ConfirmedNames implements [cond.Resolver]: the names of an address that resolve back to it, lower case, without the
// last dot, in the order of the answer. No name is no error. An answer is hostile text: what is not a host name is left
// out.
func (r *Resolver) ConfirmedNames(addr netip.Addr) ([]string, error) {
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() {
		return nil, nil
	}
	return r.names.get(addr, r.ttl, func() ([]string, error) {
		names, err := r.ask(func(ctx context.Context) ([]string, error) { return r.confirmed(ctx, addr) })
		if err != nil {
			return nil, fmt.Errorf("ask for the name of %s: %w", addr, err)
		}
		return names, nil
	})
}

// LookupHost implements [cond.Resolver]: the addresses of a name. A name that does not exist has none, which is no error.
func (r *Resolver) LookupHost(name string) ([]string, error) {
	host, ok := hostName(name)
	if !ok {
		return nil, fmt.Errorf("%.100q is not a host name", name)
	}
	return r.addrs.get(host, r.ttl, func() ([]string, error) {
		addrs, err := r.ask(func(ctx context.Context) ([]string, error) {
			all, err := r.forward(ctx, host)
			var texts []string
			for _, a := range all {
				texts = append(texts, a.String())
			}
			return texts, err
		})
		if err != nil {
			return nil, fmt.Errorf("ask for the addresses of %s: %w", host, err)
		}
		return addrs, nil
	})
}

// ttl is how long an answer is kept.
func (r *Resolver) ttl(found bool) time.Duration {
	if found {
		return r.c.TTL
	}
	return r.c.NegativeTTL
}

// ask waits for a slot and runs a question, both within the timeout.
func (r *Resolver) ask(question func(context.Context) ([]string, error)) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), r.c.Timeout)
	defer cancel()
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return nil, ErrBusy
	}
	return question(ctx)
}

// confirmed asks for the names of an address and, for each, whether it leads back.
func (r *Resolver) confirmed(ctx context.Context, addr netip.Addr) ([]string, error) {
	answers, err := r.c.Asker.LookupAddr(ctx, addr.String())
	if len(answers) == 0 { // Go gives names and an error when some of them are malformed
		return nil, notFound(err)
	}
	var names []string
	var last error
	for _, answer := range answers[:min(len(answers), maxAnswers)] {
		name, ok := hostName(answer)
		if !ok || slices.Contains(names, name) {
			continue
		}
		back, err := r.forward(ctx, name)
		if err != nil {
			last = err // another name may still be confirmed
			continue
		}
		if slices.Contains(back, addr) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		return names, nil
	}
	return nil, last
}

// forward asks for the addresses of a name. The dot at its end keeps the system from trying its own domains.
func (r *Resolver) forward(ctx context.Context, name string) ([]netip.Addr, error) {
	addrs, err := r.c.Asker.LookupNetIP(ctx, "ip", name+".")
	if err != nil {
		return nil, notFound(err)
	}
	addrs = addrs[:min(len(addrs), 16*maxAnswers)]
	clean := make([]netip.Addr, len(addrs))
	for i, a := range addrs {
		clean[i] = a.Unmap().WithZone("")
	}
	return clean, nil
}

// notFound turns the answer "there is none" into no error.
func notFound(err error) error {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return nil
	}
	return err
}

// hostName returns a name in lower case without its last dot, and whether it is one: labels of letters, digits, hyphens
// and underscores (RFC 1123, and what real names have), 63 bytes each, 253 in all. An address is no name.
func hostName(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if s == "" || len(s) > 253 {
		return "", false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", false
		}
		for i := range len(label) {
			c := label[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return "", false
			}
		}
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return "", false
	}
	return s, true
}
