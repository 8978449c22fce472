package client

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Base is the path that all routes of the administration API lie under.
const Base = "/admin/v1"

// SessionHeader carries [Options.Session].
const SessionHeader = "Tocsin-Session"

// maxAnswer bounds an answer that is read as a whole, in bytes.
const maxAnswer = 256 << 20

// Options say where the server is. Either Socket or URL is given.
type Options struct {
	Socket    string      // path of the Unix socket, DIR/admin.sock
	URL       string      // "https://host:8080"
	Token     string      // wanted over TCP, of no use over the socket
	TLS       *tls.Config // nil for the system's authorities
	UserAgent string      // "" for tocsin-client
	// Session is the address from which a person works on the server's host, over SSH perhaps. While they work, nobody
	// decides against it. Over TCP the server sees it by itself.
	Session string
}

// Client calls one server. Its methods may be called from many goroutines. Errors of the server are of type [*Error].
type Client struct {
	base  string
	token string
	agent string
	where string
	from  string
	http  *http.Client
}

// New makes a client. It does not call the server.
func New(o Options) (*Client, error) {
	t := &http.Transport{TLSClientConfig: o.TLS, IdleConnTimeout: time.Minute, Proxy: http.ProxyFromEnvironment}
	c := &Client{token: o.Token, from: o.Session, agent: cmp.Or(o.UserAgent, "tocsin-client"), http: &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a token goes nowhere else
	}}
	switch {
	case o.Socket != "" && o.URL != "":
		return nil, errors.New("a socket and a URL: give one of them")
	case o.Socket != "":
		t.Proxy = nil
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", o.Socket)
		}
		c.base, c.where = "http://localhost", o.Socket
		return c, nil
	case o.URL == "":
		return nil, errors.New("neither a socket nor a URL is given")
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is no URL of a server: want http://HOST:PORT or https://HOST:PORT", o.URL)
	}
	c.base, c.where = strings.TrimSuffix(u.Scheme+"://"+u.Host+u.Path, "/"), u.Host
	return c, nil
}

// Where names the server for people: the path of the socket, or the host.
func (c *Client) Where() string { return c.where }

// Error is a refusal of the server.
type Error struct {
	Status  int    // of HTTP
	Message string // what is wrong, one sentence
	Advice  string // what to do next, "" for none
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Hint is the advice.
func (e *Error) Hint() string { return e.Advice }

// NotFound says whether err is a server's word that there is no such thing.
func NotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

func hasStatus(err error, status int) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == status
}

// UnreachableError says that there was no connection to the server.
type UnreachableError struct {
	Where string
	err   error
}

// Error says where nobody answered, and why.
func (u *UnreachableError) Error() string {
	return fmt.Sprintf("nobody answers at %s: %v", u.Where, u.err)
}

// Unwrap is the reason.
func (u *UnreachableError) Unwrap() error { return u.err }

// call sends v as JSON, nil for no body, and reads the answer into out, nil for none.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, v, out any) error {
	var body io.Reader
	if v != nil {
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("write request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	res, err := c.send(ctx, method, path, query, "application/json", body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		_, _ = io.CopyN(io.Discard, res.Body, 1<<16) // so that the connection can be used again
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.where, err)
	}
	return nil
}

// send returns the answer of a request that went well; the caller closes its body.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, kind string, body io.Reader) (*http.Response, error) {
	target := c.base + Base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", c.where, err)
	}
	req.Header.Set("User-Agent", c.agent)
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	if c.from != "" {
		req.Header.Set(SessionHeader, c.from)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.trouble(ctx, err)
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	return nil, refusal(res)
}

// trouble makes an error of the transport one that a person understands.
func (c *Client) trouble(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // its text repeats the made-up host of a socket
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return &UnreachableError{Where: c.where, err: op.Err}
	}
	return fmt.Errorf("ask %s: %w", c.where, err)
}

// refusal reads the error that a server answered with.
func refusal(res *http.Response) error {
	e := &Error{Status: res.StatusCode}
	var said struct {
		Message string `json:"message"`
		Hint    string `json:"hint"`
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err == nil && json.Unmarshal(b, &said) == nil && said.Message != "" {
		e.Message, e.Advice = said.Message, said.Hint
		return e
	}
	e.Message = "the server answered " + strings.ToLower(cmp.Or(http.StatusText(res.StatusCode), res.Status))
	if res.StatusCode == http.StatusNotFound {
		e.Advice = "is it a Tocsin, and of this version?"
	}
	return e
}
