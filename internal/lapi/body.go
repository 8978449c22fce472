package lapi

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"tocsin.example/internal/wire"
)

// tooLargeError is a body beyond its limit, counted after decompression.
type tooLargeError struct{ limit int64 }

func (e tooLargeError) Error() string {
	return fmt.Sprintf("the body has more than %d bytes: send less at a time", e.limit)
}

// encodingError is a Content-Encoding that is not taken.
type encodingError struct{ name string }

func (e encodingError) Error() string {
	return fmt.Sprintf("the content encoding %q is not known: send gzip or none", e.name)
}

// errGzip is a body that says it is compressed and is not.
var errGzip = errors.New("the body is no sound gzip")

// heavyBody is from which size on a body has to wait for its turn.
const heavyBody = 256 << 10

// bodyReader reads a request's body, decompressed, up to a limit.
type bodyReader struct {
	c     *call
	r     io.Reader
	limit int64
	n     int64
}

// body reads the request's body.
func (c *call) body(limit int64) (*bodyReader, error) {
	if c.machine == nil && c.bouncer == nil { // nobody whom we know has long
		_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(min(c.s.o.HeaderTimeout, c.s.o.BodyTimeout)))
	}
	b := &bodyReader{c: c, limit: limit, r: http.MaxBytesReader(c.w, c.r.Body, limit)}
	switch e := strings.ToLower(strings.TrimSpace(c.r.Header.Get("Content-Encoding"))); e {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(b.r)
		if err != nil {
			return nil, gzipped(err)
		}
		b.r = gzipReader{z}
	default:
		return nil, encodingError{e}
	}
	return b, nil
}

// gzipReader tells faults of the format from those of the connection.
type gzipReader struct{ z *gzip.Reader }

func (g gzipReader) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	return n, gzipped(err)
}

func gzipped(err error) error {
	if err == nil || err == io.EOF { //nolint:errorlint // the reader's own
		return err
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w", errGzip, err)
}

func (b *bodyReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.n += int64(n)
	if b.n > b.limit {
		return n, tooLargeError{b.limit}
	}
	if b.n > heavyBody && b.c.heavy == nil {
		if err := b.c.makeHeavy(); err != nil {
			return n, err
		}
	}
	return n, err
}

// refuse answers what is wrong with a body. invalid is the code for one that is JSON but not what is asked.
func (c *call) refuse(err error, invalid int) {
	code := http.StatusBadRequest
	if _, ok := errors.AsType[*wire.InvalidError](err); ok {
		code = invalid
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		err = tooLargeError{e.Limit}
	}
	if _, ok := errors.AsType[tooLargeError](err); ok {
		code = http.StatusRequestEntityTooLarge
	}
	if _, ok := errors.AsType[encodingError](err); ok {
		code = http.StatusUnsupportedMediaType
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		code, err = http.StatusRequestTimeout, errors.New("the body did not come in time")
	}
	c.fail(code, err.Error())
}
