package lapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tocsin.example/internal/store"
	"tocsin.example/internal/wire"
)

// call is one request and its answer.
type call struct {
	s     *Server
	w     http.ResponseWriter
	r     *http.Request
	route *route
	ip    netip.Addr // who asks
	now   time.Time

	bouncer *bouncer // who, on a bouncer's route
	machine *machine // who, on a machine's
	claims  claims

	status int           // 0 until there is an answer
	heavy  chan struct{} // the turn that it has to give back
}

// The types of answers, as CrowdSec has them.
const (
	typeJSON   = "application/json; charset=utf-8"
	typeStream = "application/json"
	typeText   = "text/plain; charset=utf-8"
)

// send answers with a body.
func (c *call) send(code int, body []byte) {
	c.status = code
	h := c.w.Header()
	h.Set("Content-Type", typeJSON)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(code)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(body) // who went away gets no answer
	}
}

// empty answers without a body.
func (c *call) empty(code int) {
	c.status = code
	if code != http.StatusNoContent {
		c.w.Header().Set("Content-Length", "0")
	}
	c.w.WriteHeader(code)
}

// head answers HEAD as CrowdSec does.
func (c *call) head() {
	c.w.Header().Set("Content-Type", typeText)
	c.status = http.StatusOK
	c.w.WriteHeader(http.StatusOK)
}

func (c *call) json(code int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		c.broken("write the answer", err)
		return
	}
	c.send(code, b)
}

// fail answers with a message.
func (c *call) fail(code int, message string) {
	c.json(code, wire.Error{Message: message})
}

func (c *call) failf(code int, format string, args ...any) {
	c.fail(code, fmt.Sprintf(format, args...))
}

// later answers that it is to be tried again.
func (c *call) later(code int, after time.Duration, message string) {
	seconds := max(1, int64(math.Ceil(after.Seconds())))
	c.w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	c.fail(code, message)
}

// unauthorized answers a machine whose token or password is not good, in the form of CrowdSec's JWT layer.
func (c *call) unauthorized(message string) {
	if wait, ok := c.s.failures.take(c.now, c.ip); !ok {
		c.w.Header().Set("Retry-After", strconv.Itoa(max(1, int(wait.Seconds()+1))))
		c.json(http.StatusTooManyRequests, wire.Error{Code: http.StatusTooManyRequests, Message: "too many failures from this address"})
		return
	}
	c.w.Header().Set("WWW-Authenticate", "JWT realm=Crowdsec API local")
	c.json(http.StatusUnauthorized, wire.Error{Code: http.StatusUnauthorized, Message: message})
}

// forbidden answers a bouncer whose key is not good.
func (c *call) forbidden() {
	if wait, ok := c.s.failures.take(c.now, c.ip); !ok {
		c.later(http.StatusTooManyRequests, wait, "too many failures from this address")
		return
	}
	c.fail(http.StatusForbidden, "access forbidden")
}

// broken answers that it is not the caller's fault: what failed is in the log, the answer says no more than that it is
// to be tried again.
func (c *call) broken(doing string, err error) {
	if c.r.Context().Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		panic(http.ErrAbortHandler) // nobody is there any more
	}
	c.s.log.Error("a request failed", "doing", doing, "route", c.route.pattern, "error", err)
	message := doing + ": the server's state cannot be used at the moment"
	if errors.Is(err, store.ErrFull) {
		message = doing + ": " + store.ErrFull.Error()
	}
	c.later(http.StatusServiceUnavailable, time.Second, message)
}

// abort cuts the connection: an answer that was begun cannot be taken back.
func (c *call) abort(doing string, err error) {
	c.s.log.Warn("an answer was cut off", "doing", doing, "route", c.route.pattern, "error", err)
	panic(http.ErrAbortHandler)
}

// makeHeavy waits for its turn among the requests with much to read. Those who did not say who they are do not stand in
// the way of others.
func (c *call) makeHeavy() error {
	queue := c.s.heavy
	if c.machine == nil && c.bouncer == nil {
		queue = c.s.strangers
	}
	select {
	case queue <- struct{}{}:
		c.heavy = queue
		return nil
	case <-c.r.Context().Done():
		return c.r.Context().Err()
	}
}

// done gives back what the call held.
func (c *call) done() {
	if c.heavy != nil {
		<-c.heavy
	}
}

// output is an answer that is made piece by piece. What fits into one piece has a length; more comes in chunks, each of
// which has its own time to be taken.
type output struct {
	c           *call
	contentType string
	control     *http.ResponseController
	buf         []byte
	pooled      *[]byte
	begun       bool
	elements    int // of the list that is written
}

// pieceSize is how much of an answer is kept before it is sent.
const pieceSize = 64 << 10

// pieces are buffers of answers.
type pieces struct{ pool sync.Pool }

func (c *call) output(contentType string) *output {
	b, ok := c.s.pieces.pool.Get().(*[]byte)
	if !ok {
		b = new(make([]byte, 0, pieceSize+pieceSize/4))
	}
	return &output{c: c, contentType: contentType, control: http.NewResponseController(c.w), buf: (*b)[:0], pooled: b}
}

// free gives the buffer back.
func (o *output) free() {
	if cap(o.buf) <= 4*pieceSize {
		*o.pooled = o.buf[:0]
	}
	o.c.s.pieces.pool.Put(o.pooled)
}

// element begins the next element of a JSON list.
func (o *output) element() {
	if o.elements == 0 {
		o.buf = append(o.buf, '[')
	} else {
		o.buf = append(o.buf, ',')
	}
	o.elements++
}

// endList ends the list. One without elements is the four bytes "null": some bouncers compare with them and take all else
// for a fault.
func (o *output) endList() {
	if o.elements == 0 {
		o.buf = append(o.buf, "null"...)
	} else {
		o.buf = append(o.buf, ']')
	}
}

// full sends what there is when it is a piece.
func (o *output) full() error {
	if len(o.buf) < pieceSize {
		return nil
	}
	return o.piece()
}

func (o *output) piece() error {
	if !o.begun {
		o.begun = true
		o.c.status = http.StatusOK
		o.c.w.Header().Set("Content-Type", o.contentType)
		o.c.w.WriteHeader(http.StatusOK)
		// How long the whole takes is for the one who reads to say.
		_ = o.control.SetReadDeadline(time.Time{})
	}
	_ = o.control.SetWriteDeadline(time.Now().Add(o.c.s.o.WriteTimeout))
	if _, err := o.c.w.Write(o.buf); err != nil {
		return err
	}
	o.buf = o.buf[:0]
	return o.control.Flush()
}

// end sends the rest and reports whether all of it was taken.
func (o *output) end() error {
	if !o.begun {
		o.c.w.Header().Set("Content-Length", strconv.Itoa(len(o.buf)))
	}
	if err := o.piece(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	// That the caller is gone by now says nothing: many close the connection when they have what they wanted.
	return nil
}

// clientIP says who asks: the peer, or whom a trusted proxy names. Peers on a Unix socket are 127.0.0.1.
func (s *Server) clientIP(r *http.Request) netip.Addr {
	peer := peerIP(r)
	if !contains(s.o.TrustedProxies, peer) {
		return peer
	}
	// The right-most address is what the last proxy saw; go left as long as it is one that we trust.
	ip := peer
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return ip
		}
		ip = a.Unmap().WithZone("")
		if !contains(s.o.TrustedProxies, ip) {
			return ip
		}
	}
	return ip
}

func peerIP(r *http.Request) netip.Addr {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && local.Network() == "unix" {
		return loopback
	}
	p, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.IPv6Unspecified() // nobody whom a rule could trust
	}
	return p.Addr().Unmap().WithZone("")
}

func contains(list []netip.Prefix, ip netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(ip) })
}
