package lapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"tocsin.example/internal/testx"
)

// contract holds all traffic of the tests to api/local.openapi.yaml, both ways: what is answered must be described, and
// what is taken must be allowed. It remembers what was never exercised.
type contract struct {
	doc *openapi3.T
	ops []operation

	mu       sync.Mutex
	statuses map[string]bool // "GET /health 200"
	params   map[string]bool // "GET /v1/alerts ip"
	props    map[*openapi3.Schema]map[string]bool
}

type operation struct {
	path, method string
	match        *regexp.Regexp
	names        []string
	item         *openapi3.PathItem
	op           *openapi3.Operation
}

func loadContract(t testing.TB) *contract {
	t.Helper()
	l := openapi3.NewLoader()
	doc, err := l.LoadFromFile(filepath.Join(testx.Root(t), "api", "local.openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	c := &contract{doc: doc, statuses: map[string]bool{}, params: map[string]bool{}, props: map[*openapi3.Schema]map[string]bool{}}
	hole := regexp.MustCompile(`\{(\w+)\}`)
	for path, item := range doc.Paths.Map() {
		var names []string
		for _, m := range hole.FindAllStringSubmatch(path, -1) {
			names = append(names, m[1])
		}
		pattern := strings.ReplaceAll(hole.ReplaceAllString(path, "([^/]+)"), "/check/([^/]+)", "/check/(.+)")
		for method, op := range item.Operations() {
			c.ops = append(c.ops, operation{path, method, regexp.MustCompile("^" + pattern + "$"), names, item, op})
		}
	}
	slices.SortFunc(c.ops, func(a, b operation) int {
		if n := len(a.names) - len(b.names); n != 0 { // the exact path before the pattern
			return n
		}
		return strings.Compare(a.path+a.method, b.path+b.method)
	})
	return c
}

// find returns the operation of a request, nil when the path has none, and whether the path is known at all.
func (c *contract) find(r *http.Request) (op *operation, params map[string]string, known bool) {
	if path := r.URL.EscapedPath(); strings.Contains(path+"/", "/./") || strings.Contains(path+"/", "/../") || strings.Contains(path, "//") {
		return nil, nil, false
	}
	for i := range c.ops {
		m := c.ops[i].match.FindStringSubmatch(r.URL.EscapedPath())
		if m == nil || !strings.HasSuffix(c.ops[i].path, "{value}") && slices.ContainsFunc(m[1:], func(s string) bool { return strings.EqualFold(s, "%2F") }) {
			continue // a slash alone is no segment
		}
		known = true
		if c.ops[i].method != r.Method {
			continue
		}
		params = map[string]string{}
		for n, name := range c.ops[i].names {
			params[name] = m[n+1]
		}
		return &c.ops[i], params, true
	}
	return nil, nil, known
}

// through returns a transport that watches what goes through another.
func (c *contract) through(t testing.TB, next http.RoundTripper) http.RoundTripper {
	t.Helper()
	return transport(func(r *http.Request) (*http.Response, error) {
		var body []byte
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
			_ = r.Body.Close()
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		res, err := next.RoundTrip(r)
		if err != nil {
			return res, err
		}
		if fault := c.watch(r, body, res); fault != nil {
			t.Errorf("%s %s: %d: %v", r.Method, r.URL, res.StatusCode, fault)
		}
		return res, nil
	})
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// watch says what is wrong with a request and its answer. The answer's body is read and put back, unless it is a push
// stream.
func (c *contract) watch(r *http.Request, body []byte, res *http.Response) error {
	events := strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream")
	var answer []byte
	if !events {
		b, err := io.ReadAll(res.Body)
		if err != nil {
			return nil //nolint:nilerr // cut off, as some tests want it
		}
		answer = b
		res.Body = io.NopCloser(bytes.NewReader(b))
	}
	if res.Header.Get("Content-Encoding") != "" {
		return errors.New("the answer is encoded")
	}
	op, params, known := c.find(r)
	if op == nil {
		if known && res.StatusCode != http.StatusMethodNotAllowed && res.StatusCode != http.StatusNotFound {
			return errors.New("a method that is not described is answered")
		}
		if !known && !slices.Contains([]int{404, 301, 308, 400}, res.StatusCode) {
			return errors.New("a path that is not described is answered")
		}
		return nil
	}
	in := &openapi3filter.RequestValidationInput{
		Request: plainRequest(r, body), PathParams: params,
		Route:   &routers.Route{Spec: c.doc, Path: op.path, PathItem: op.item, Method: op.method, Operation: op.op},
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	c.note(op, r, body, res.StatusCode)
	if res.StatusCode < 300 {
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			return fmt.Errorf("the request is answered, but not allowed: %w", err)
		}
	}
	if op.op.Responses.Status(res.StatusCode) == nil {
		return fmt.Errorf("the status is not described: %s", answer)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	if events {
		return nil
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(answer)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		return fmt.Errorf("the answer is not as described: %w\n%.2000s", err, answer)
	}
	media := op.op.Responses.Status(res.StatusCode).Value.Content["application/json"]
	if media == nil {
		if len(answer) > 0 {
			return fmt.Errorf("there is a body: %s", answer)
		}
		return nil
	}
	c.walk(media.Schema.Value, answer)
	return nil
}

// plainRequest is a request as the validator wants it: not compressed, with a type.
func plainRequest(r *http.Request, body []byte) *http.Request {
	out := r.Clone(r.Context())
	if strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		if z, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, _ = io.ReadAll(z)
			out.Header.Del("Content-Encoding")
		}
	}
	if len(body) > 0 {
		out.Header.Set("Content-Type", "application/json")
	}
	out.Body, out.GetBody, out.ContentLength = io.NopCloser(bytes.NewReader(body)), nil, int64(len(body))
	return out
}

func (c *contract) note(op *operation, r *http.Request, body []byte, status int) {
	c.mu.Lock()
	c.statuses[fmt.Sprint(op.method, " ", op.path, " ", status)] = true
	if status < 300 {
		for name := range r.URL.Query() {
			c.params[op.method+" "+op.path+" "+name] = true
		}
		for name := range r.Header {
			c.params[op.method+" "+op.path+" "+name] = true
		}
	}
	c.mu.Unlock()
	if rb := op.op.RequestBody; rb != nil && status < 300 {
		c.walk(rb.Value.Content["application/json"].Schema.Value, body)
	}
}

func (c *contract) walk(s *openapi3.Schema, text []byte) {
	if len(text) > 1<<20 {
		return // enough was seen before
	}
	var v any
	if json.Unmarshal(text, &v) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.see(s, v)
}

// see notes which properties a value has.
func (c *contract) see(s *openapi3.Schema, v any) {
	for _, alternative := range slices.Concat(s.OneOf, s.AnyOf, s.AllOf) {
		if alternative.Value.VisitJSON(v) == nil {
			c.see(alternative.Value, v)
		}
	}
	switch v := v.(type) {
	case []any:
		if s.Items != nil {
			for _, one := range v {
				c.see(s.Items.Value, one)
			}
		}
	case map[string]any:
		for name, prop := range s.Properties {
			one, ok := v[name]
			if !ok {
				continue
			}
			if c.props[s] == nil {
				c.props[s] = map[string]bool{}
			}
			c.props[s][name] = true
			c.see(prop.Value, one)
		}
	}
}

// unused lists what no test has exercised.
func (c *contract) unused() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for _, op := range c.ops {
		for code := range op.op.Responses.Map() {
			if key := op.method + " " + op.path + " " + code; !c.statuses[key] {
				out = append(out, "status "+key)
			}
		}
		for _, p := range op.op.Parameters {
			if p.Value.In == "path" {
				continue
			}
			key := op.method + " " + op.path + " " + p.Value.Name
			if p.Value.In == "header" {
				key = op.method + " " + op.path + " " + http.CanonicalHeaderKey(p.Value.Name)
			}
			if !c.params[key] {
				out = append(out, "parameter "+key)
			}
		}
	}
	seen := map[*openapi3.Schema]bool{}
	for _, name := range slices.Sorted(maps.Keys(c.doc.Components.Schemas)) {
		out = append(out, c.unusedIn(name, c.doc.Components.Schemas[name].Value, seen)...)
	}
	slices.Sort(out)
	return out
}

func (c *contract) unusedIn(at string, s *openapi3.Schema, seen map[*openapi3.Schema]bool) (out []string) {
	if s == nil || seen[s] {
		return nil
	}
	seen[s] = true
	for name, p := range s.Properties {
		if !c.props[s][name] {
			out = append(out, "property "+at+"."+name)
		}
		if p.Ref == "" {
			out = append(out, c.unusedIn(at+"."+name, p.Value, seen)...)
		}
	}
	if s.Items != nil && s.Items.Ref == "" {
		out = append(out, c.unusedIn(at+"[]", s.Items.Value, seen)...)
	}
	for i, a := range slices.Concat(s.OneOf, s.AnyOf, s.AllOf) {
		if a.Ref == "" {
			out = append(out, c.unusedIn(at+"|"+strconv.Itoa(i), a.Value, seen)...)
		}
	}
	return out
}
