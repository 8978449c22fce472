package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"tocsin.example/client"
	"tocsin.example/internal/store"
)

// Limits of requests.
const (
	maxBody   = 8 << 20   // bytes of JSON: 100,000 items of an allowlist
	maxImport = 512 << 20 // bytes of a list of decisions
	// How long a client may take to send a body of JSON, or a piece of a list; and to take an answer, or a piece of a backup.
	bodyTime   = 30 * time.Second
	answerTime = time.Minute
)

// route is one of the API.
type route struct {
	method, path string
	role         role
	action       string // how the audit log calls it; "" for what changes nothing
	do           func(*call) (any, error)
}

func (r route) pattern() string { return r.method + " " + client.Base + r.path }

// call is a request on its way.
type call struct {
	*http.Request

	w   http.ResponseWriter
	who who
	// What the audit log is told beside the action and its result.
	target, detail string
	// looked says that nothing was to be changed, only asked what would be.
	looked bool
}

// problem is a refusal: what the caller is told.
type problem struct {
	status        int
	message, hint string
}

func (p *problem) Error() string { return p.message }

// bad is a mistake of the caller.
func bad(hint, format string, args ...any) error {
	return &problem{http.StatusBadRequest, fmt.Sprintf(format, args...), hint}
}

// answered is what a route returns that wrote its answer itself.
type answered struct{}

// created is an answer with status 201.
type created struct{ v any }

// serve is the one way in: who it is, whether they may, the work, the audit log, the answer.
func (s *Server) serve(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		who, err := s.identify(req)
		if err != nil {
			s.refuse(w, req, err)
			return
		}
		c := &call{Request: req, w: w, who: who, target: req.PathValue("name")}
		if c.target == "" {
			c.target = req.PathValue("id")
		}
		if who.role < r.role {
			err := &problem{
				http.StatusForbidden, fmt.Sprintf("the role %s may not do this: it takes %s", who.role, r.role),
				"ask for a token of that role, or use the Unix socket as the user that tocsin runs as",
			}
			s.note(c, r, err)
			s.refuse(w, req, err)
			return
		}
		s.sessions.note(req, who)
		if r.path != "/decisions/import" {
			req.Body = http.MaxBytesReader(w, req.Body, maxBody)
			c.patience(bodyTime)
		}
		if req.ContentLength == 0 {
			c.patience(0)
		}
		out, err := r.do(c)
		if err != nil {
			s.note(c, r, err)
			s.refuse(w, req, err)
			return
		}
		s.note(c, r, nil)
		answer(w, out)
	})
}

// patience says how long the client may take to send its body; 0 when there is none, or it is there. Otherwise a server's
// own deadline for a whole request would end those whose work takes long.
func (c *call) patience(d time.Duration) {
	var at time.Time
	if d > 0 {
		at = time.Now().Add(d)
	}
	_ = http.NewResponseController(c.w).SetReadDeadline(at) // where there are no deadlines, none is in the way
}

// note writes to the audit log. What was done is done: when the log cannot be written, the program's own log has it.
func (s *Server) note(c *call, r route, err error) {
	if r.action == "" || c.looked {
		return
	}
	e := store.AuditEntry{
		At: s.now(), Who: c.who.name, Role: c.who.role.String(), Action: r.action,
		Target: cut(c.target, 255), Detail: c.detail, Failed: err != nil,
	}
	if err != nil {
		e.Detail = strings.TrimPrefix(c.detail+": "+err.Error(), ": ")
	}
	e.Detail = cut(e.Detail, 1000)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Context()), 10*time.Second)
	defer cancel()
	if err := s.o.Store.AddAudit(ctx, e); err != nil {
		s.log.Error("the audit log cannot be written", "error", err, "who", e.Who, "action", e.Action, "target", e.Target, "failed", e.Failed)
	}
}

// cut shortens s to at most n bytes, at the end of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-3], "") + "…"
}

func answer(w http.ResponseWriter, v any) {
	status := http.StatusOK
	switch a := v.(type) {
	case answered:
		return
	case nil:
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime)) // as for patience
		w.WriteHeader(http.StatusNoContent)
		return
	case created:
		status, v = http.StatusCreated, a.v
	}
	writeJSON(w, status, v)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime)) // as for patience
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a caller that went away misses nothing
}

// refuse answers an error.
func (s *Server) refuse(w http.ResponseWriter, req *http.Request, err error) {
	p := s.explain(err)
	if p.status >= 500 {
		s.log.Error("an administrator's request failed", "path", req.URL.Path, "error", err)
	}
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="tocsin"`)
	}
	writeJSON(w, p.status, struct {
		Message string `json:"message"`
		Hint    string `json:"hint,omitempty"`
	}{p.message, p.hint})
}

// explain gives an error its status.
func (*Server) explain(err error) *problem {
	hint := ""
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		hint = h.Hint()
	}
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	status := http.StatusInternalServerError
	switch _, tooLong := errors.AsType[*http.MaxBytesError](err); {
	case tooLong:
		return &problem{http.StatusRequestEntityTooLarge, "the request is too long", "send it in parts"}
	case errors.Is(err, store.ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, store.ErrExists):
		status = http.StatusConflict
	case errors.Is(err, store.ErrFull):
		status, hint = http.StatusInsufficientStorage, "make room on the disk of the state folder"
	case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrClosed), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		status = http.StatusServiceUnavailable
	}
	return &problem{status, err.Error(), hint}
}

// unknown answers what is no route, to those who may know.
func (s *Server) unknown(w http.ResponseWriter, req *http.Request) {
	if _, err := s.identify(req); err != nil {
		s.refuse(w, req, err)
		return
	}
	var methods []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		other := req.Clone(req.Context())
		other.Method = m
		if _, pattern := s.mux.Handler(other); pattern != "/" {
			methods = append(methods, m)
		}
	}
	if len(methods) > 0 && !slices.Contains(methods, req.Method) {
		w.Header().Set("Allow", strings.Join(methods, ", "))
		s.refuse(w, req, &problem{http.StatusMethodNotAllowed, req.Method + " is not for this path", "use " + strings.Join(methods, " or ")})
		return
	}
	s.refuse(w, req, &problem{http.StatusNotFound, "there is no such path", "the API lies under " + client.Base + "; see docs/administration.md"})
}

// read reads the body's JSON. Fields that are not known are a mistake: they would be asked for in vain.
func (c *call) read(into any) error {
	d := json.NewDecoder(c.Body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		return err
	}
	if errors.Is(err, io.EOF) {
		return bad("send a JSON object", "the request has no body")
	}
	if err != nil {
		return bad("", "the body is not what is asked for: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return bad("send one JSON object", "there is more after the end of the JSON object")
	}
	c.patience(0)
	return nil
}
