package lapi

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"

	"tocsin.example/internal/store"
	"tocsin.example/internal/wire"
)

// Answers to logins that fail. They do not tell whether the machine exists.
const wrongPassword = "incorrect Username or Password"

// Kinds of authentication, as the store has them.
const (
	byPassword = "password"
	byTLS      = "tls"
)

// login gives a machine its token, for a password or a certificate.
func login(c *call) {
	s := c.s
	body, err := c.body(s.o.MaxLoginBody)
	if err != nil {
		c.refuseLogin(err)
		return
	}
	var in wire.Login
	err = wire.Read(body, &in)
	name, certified := "", false
	if err == nil && in.MachineID == "" {
		name, certified = s.certified(c.r, func(t *TLSOptions) []string { return t.AgentOUs })
	}
	if err == nil {
		err = in.Check(certified)
	}
	if err != nil {
		c.refuseLogin(err)
		return
	}
	if certified {
		c.loginByCertificate(name, &in)
		return
	}
	row, err := s.o.Store.Machine(c.r.Context(), in.MachineID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		c.broken("log in", err)
		return
	}
	usual := row.IP != "" && row.IP == c.ip.String()
	if w := s.logins.wait(c.now, c.ip, in.MachineID, usual); w > 0 {
		c.loginLater(w)
		return
	}
	ok, err := s.passwords.check(c.r.Context(), row.PasswordHash, in.Password)
	if err != nil {
		c.broken("log in", err)
		return
	}
	if !ok || row.AuthType == byTLS {
		s.logins.failed(c.now, c.ip, in.MachineID)
		s.metrics.loginFailures.Inc()
		c.unauthorized(wrongPassword)
		return
	}
	if !row.Validated {
		c.unauthorized("machine " + in.MachineID + " not validated")
		return
	}
	hash := ""
	if !strings.HasPrefix(row.PasswordHash, "$argon2id$") { // from an import: keep it as ours from now on
		if hash, err = s.passwords.hash(c.r.Context(), in.Password); err != nil {
			c.broken("log in", err)
			return
		}
	}
	c.loggedIn(in.MachineID, func(m *store.Machine) {
		if hash != "" && m.PasswordHash == row.PasswordHash {
			m.PasswordHash = hash
		}
		m.Scenarios = in.Scenarios
	})
}

// refuseLogin answers a login that is none.
func (c *call) refuseLogin(err error) {
	c.refuse(err, http.StatusBadRequest)
}

func (c *call) loginLater(wait time.Duration) {
	c.later(http.StatusTooManyRequests, wait, "too many failed logins: wait before the next one")
}

// loginByCertificate lets a machine in that has no row yet, too.
func (c *call) loginByCertificate(cn string, in *wire.Login) {
	if !in.HasScenarios {
		c.fail(http.StatusBadRequest, "missing scenarios list in login request for TLS auth")
		return
	}
	name := cn + "@" + c.ip.String()
	ctx := c.r.Context()
	row, err := c.s.o.Store.Machine(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		row = store.Machine{Name: name, AuthType: byTLS, Validated: true, IP: c.ip.String(), CreatedAt: c.now, UpdatedAt: c.now}
		if err = c.s.o.Store.AddMachine(ctx, row); errors.Is(err, store.ErrExists) {
			row, err = c.s.o.Store.Machine(ctx, name)
		}
	}
	if err != nil {
		c.broken("log in", err)
		return
	}
	if row.AuthType != byTLS || !row.Validated {
		c.unauthorized(errOtherAuth.Error())
		return
	}
	c.loggedIn(name, func(m *store.Machine) { m.Scenarios = in.Scenarios })
}

// loggedIn notes a login and answers it.
func (c *call) loggedIn(name string, change func(*store.Machine)) {
	s := c.s
	var epoch int64
	err := s.o.Store.ChangeMachine(c.r.Context(), name, func(m *store.Machine) error {
		change(m)
		m.IP, m.LastLogin, m.UpdatedAt = c.ip.String(), c.now, c.now
		if _, version := agentOf(c.r.UserAgent()); version != "N/A" {
			m.Version = version
		}
		epoch = m.Epoch
		return nil
	})
	if errors.Is(err, store.ErrNotFound) { // deleted while it logged in
		c.unauthorized(wrongPassword)
		return
	}
	if err != nil {
		c.broken("log in", err)
		return
	}
	if k := s.machines.known(name); k == nil || k.epoch != epoch || !k.validated {
		s.machines.changed(c.r.Context())
	}
	c.token(name, epoch, 0)
}

func (c *call) token(name string, epoch, issued int64) {
	token, ends, err := c.s.tokens.issue(name, epoch, issued)
	if err != nil {
		c.broken("make a token", err)
		return
	}
	c.json(http.StatusOK, wire.Token{Code: http.StatusOK, Expire: ends.Format(time.RFC3339), Token: token})
}

// refreshToken renews a token that is still good.
func refreshToken(c *call) { c.token(c.machine.name, c.machine.epoch, c.claims.Issued) }

func heartbeat(c *call) {
	c.machine.beat(c.now, c.r.UserAgent())
	c.empty(http.StatusOK)
}

// deleteSelf removes the calling machine; its tokens are void at once.
func deleteSelf(c *call) {
	err := c.s.o.Store.DeleteMachine(c.r.Context(), c.machine.name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		c.broken("delete the machine", err)
		return
	}
	c.s.machines.changed(c.r.Context())
	c.empty(http.StatusNoContent)
}

// register enters a machine that asks for it: validated at once with the right token, else it waits for a person.
func register(c *call) {
	s := c.s
	body, err := c.body(s.o.MaxLoginBody)
	if err != nil {
		c.refuse(err, http.StatusUnprocessableEntity)
		return
	}
	var in wire.Register
	if err = wire.Read(body, &in); err == nil {
		err = in.Check()
	}
	if err == nil && strings.ContainsFunc(in.MachineID, func(r rune) bool { return !unicode.IsPrint(r) }) {
		err = &wire.InvalidError{Faults: []string{"machine_id in body has characters that cannot be printed"}}
	}
	if err != nil {
		c.refuse(err, http.StatusUnprocessableEntity)
		return
	}
	auto, ok := c.mayRegister(&in)
	if !ok {
		return
	}
	hash, err := s.passwords.hash(c.r.Context(), in.Password)
	if err != nil {
		c.broken("register", err)
		return
	}
	_, version := agentOf(c.r.UserAgent())
	err = s.o.Store.AddMachine(c.r.Context(), store.Machine{
		Name: in.MachineID, PasswordHash: hash, AuthType: byPassword, Validated: auto, IP: c.ip.String(), Version: version,
		CreatedAt: c.now, UpdatedAt: c.now,
	})
	switch {
	case errors.Is(err, store.ErrExists):
		c.failf(http.StatusForbidden, "user '%s': user already exist", in.MachineID)
	case err != nil:
		c.broken("register", err)
	case auto:
		s.machines.changed(c.r.Context())
		c.empty(http.StatusAccepted)
	default:
		c.empty(http.StatusCreated)
	}
}

// mayRegister reports whether a machine may register, and whether it is validated at once.
func (c *call) mayRegister(in *wire.Register) (auto, ok bool) {
	s := c.s
	// Each registration costs a password's hash and a row, so they are slowed down like failures.
	if wait, ok := s.failures.take(c.now, c.ip); !ok {
		c.later(http.StatusTooManyRequests, wait, "too many registrations from this address")
		return false, false
	}
	if t := in.RegistrationToken; t != nil && *t != "" {
		right := subtle.ConstantTimeCompare([]byte(*t), []byte(s.o.AutoRegistration.Token)) == 1
		if s.o.AutoRegistration.Token == "" || !right || !contains(s.o.AutoRegistration.Ranges, c.ip) {
			c.unauthorizedToken()
			return false, false
		}
		return true, true
	}
	if s.o.NoRegistration && !c.ip.IsLoopback() {
		c.fail(http.StatusForbidden, "remote registration is disabled")
		return false, false
	}
	waiting, err := s.pending(c.r.Context())
	if err != nil {
		c.broken("register", err)
		return false, false
	}
	if waiting >= s.o.MaxPending {
		c.failf(http.StatusForbidden, "%d machines wait to be validated: validate or delete some first", waiting)
		return false, false
	}
	return false, true
}

func (c *call) unauthorizedToken() {
	c.fail(http.StatusUnauthorized, "invalid token for auto registration")
}

// pending counts the machines that wait to be validated.
func (s *Server) pending(ctx context.Context) (int, error) {
	list, err := s.o.Store.Machines(ctx)
	n := 0
	for _, m := range list {
		if !m.Validated {
			n++
		}
	}
	return n, err
}
