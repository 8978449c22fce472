package lapi

import (
	"net/http"
	"strings"
)

// admit finds out who asks. False means that the answer was given.
func (c *call) admit(a access) bool {
	switch a {
	case anybody:
		return true
	case bouncerOnly:
		return c.admitBouncer()
	case machineOnly:
		return c.admitMachine()
	case trustedMachine:
		return c.admitMachine() && c.admitTrusted()
	case eitherOne:
		return c.admitEither()
	}
	return false
}

// apiKey is the header of bouncers' keys.
const apiKey = "X-Api-Key" //nolint:gosec // a name

func (c *call) admitBouncer() bool {
	s := c.s
	k := c.findBouncer()
	if k == nil {
		if c.status == 0 {
			c.forbidden()
		}
		return false
	}
	c.bouncer = k
	k.counts.count(c)
	if c.r.Method != http.MethodHead { // which only asks whether the key is good
		k.seen(c.now, c.r.UserAgent())
	}
	if s.bouncers.stale(s.o.Refresh) {
		if err := s.bouncers.load(c.r.Context()); err != nil {
			s.log.Warn("bouncers cannot be read", "error", err)
		}
	}
	return true
}

// findBouncer returns the row of the caller, nil when there is none or, with an answer, when it cannot be made.
func (c *call) findBouncer() *bouncer {
	ctx, all := c.r.Context(), c.s.bouncers
	key := c.r.Header.Get(apiKey)
	if key == "" {
		name, ok := c.s.certified(c.r, func(t *TLSOptions) []string { return t.BouncerOUs })
		if !ok {
			return nil
		}
		k, err := all.byCertificate(ctx, name, c.ip)
		if err != nil {
			c.s.log.Warn("a bouncer cannot be let in", "name", name, "ip", c.ip.String(), "error", err)
			return nil
		}
		return k
	}
	k := all.byAPIKey(ctx, key)
	if k == nil || c.r.Method == http.MethodHead {
		return k
	}
	k, err := all.at(ctx, k, c.ip)
	if err != nil {
		c.broken("remember the bouncer's address", err)
		return nil
	}
	return k
}

func (c *call) admitMachine() bool {
	token := bearer(c.r)
	if token == "" {
		c.unauthorized("cookie token is empty")
		return false
	}
	said, err := c.s.tokens.read(token)
	if err != nil {
		c.unauthorized(err.Error())
		return false
	}
	s := c.s
	if s.machines.stale(s.o.Refresh) {
		if err := s.machines.load(c.r.Context()); err != nil {
			s.log.Warn("machines cannot be read", "error", err)
		}
	}
	m := s.machines.find(c.r.Context(), said.Machine)
	if m == nil || m.epoch != said.Epoch || !m.validated {
		c.unauthorized("the token is no longer good: log in again")
		return false
	}
	c.machine, c.claims = m, said
	m.counts.count(c)
	return true
}

// bearer is the caller's token: of the Authorization header, else of the cookie jwt.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && strings.TrimSpace(token) != "" {
		return strings.TrimSpace(token)
	}
	if k, err := r.Cookie("jwt"); err == nil {
		return k.Value
	}
	return ""
}

func (c *call) admitTrusted() bool {
	if c.ip.IsLoopback() || contains(c.s.o.TrustedIPs, c.ip) {
		return true
	}
	c.failf(http.StatusForbidden, "access forbidden from this IP (%s)", c.ip)
	return false
}

// admitEither takes a key first, then a token, then a certificate by what the caller calls itself.
func (c *call) admitEither() bool {
	r := c.r
	switch {
	case r.Header.Get(apiKey) != "":
		return c.admitBouncer()
	case r.Header.Get("Authorization") != "":
		return c.admitMachine()
	case strings.HasPrefix(r.UserAgent(), "crowdsec/") && bearer(r) != "":
		return c.admitMachine()
	}
	return c.admitBouncer()
}
