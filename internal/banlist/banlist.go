// Package banlist reads lists of decisions as people keep them: one value a line, CSV with a header, or JSON. It reads as
// the list comes, holds one entry at a time, and names the place of what it cannot read.
//
// It decides nothing and knows no store. Start from [NewReader].
package banlist

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/wire"
)

// The formats.
const (
	Values = "values" // an address, a range or another value a line; what follows a blank, '#' or ';' is a comment
	CSV    = "csv"    // a header with value, and perhaps scope, type, duration, reason
	JSON   = "json"   // a list of objects with these keys, or one object after the other
)

// Formats lists them.
func Formats() []string { return []string{Values, CSV, JSON} }

// Limits in bytes: of a line of values, of a record of CSV or an object of JSON.
const (
	maxLine  = 16 << 10
	maxEntry = 256 << 10
)

// Defaults are what entries without their own have.
type Defaults struct {
	Scope    string // "" for Ip, or Range when the value is one
	Type     string // "" for ban
	Duration time.Duration
	Reason   string
}

// Entry is one decision of a list. Value is in its usual spelling.
type Entry struct {
	Scope, Value, Type, Reason string
	Duration                   time.Duration
}

// Reader reads a list. One goroutine uses it.
type Reader struct {
	defaults Defaults
	next     func() (raw, error)
	// Where the last entry stands: "line" 17; "" when the fault is not the list's.
	place string
	at    int

	// The duration that was read last: a list has few.
	text string
	long time.Duration
}

// raw is an entry as it stands in the list.
type raw struct {
	Value    string `json:"value"`
	Scope    string `json:"scope"`
	Type     string `json:"type"`
	Duration string `json:"duration"`
	Reason   string `json:"reason"`
	// What exports of decisions have, too.
	Scenario string `json:"scenario"`
	Origin   string `json:"origin"`
}

// NewReader reads a list of a format. The defaults' duration is wanted.
func NewReader(r io.Reader, format string, d Defaults) (*Reader, error) {
	x := &Reader{defaults: d}
	if d.Type == "" {
		x.defaults.Type = "ban"
	}
	x.defaults.Scope = wire.Scope(d.Scope)
	switch format {
	case Values:
		x.next = x.lines(r)
	case CSV:
		x.next = x.table(r)
	case JSON:
		x.next = x.objects(r)
	default:
		return nil, fmt.Errorf("there is no format %q: want values, csv or json", format)
	}
	return x, nil
}

// Next returns the next entry, [io.EOF] at the end. Any other error is the list's or its reader's, and final; it names
// the place.
func (x *Reader) Next() (Entry, error) {
	in, err := x.next()
	if err != nil {
		if errors.Is(err, io.EOF) || x.place == "" {
			return Entry{}, err
		}
		return Entry{}, x.fault(err)
	}
	e, err := x.entry(in)
	if err != nil {
		return e, x.fault(err)
	}
	return e, nil
}

func (x *Reader) fault(err error) error {
	if x.at == 0 {
		return fmt.Errorf("%s: %w", x.place, err)
	}
	return fmt.Errorf("%s %d: %w", x.place, x.at, err)
}

func (x *Reader) entry(in raw) (Entry, error) {
	e := Entry{Scope: x.defaults.Scope, Value: strings.TrimSpace(in.Value), Type: x.defaults.Type, Reason: x.defaults.Reason, Duration: x.defaults.Duration}
	if in.Scope != "" {
		e.Scope = wire.Scope(strings.TrimSpace(in.Scope))
	}
	if in.Type != "" {
		e.Type = strings.TrimSpace(in.Type)
	}
	if r := in.Reason; r != "" {
		e.Reason = r
	} else if in.Scenario != "" {
		e.Reason = in.Scenario
	}
	if in.Duration != "" {
		if in.Duration != x.text {
			d, err := wire.ParseDuration(in.Duration)
			if err != nil {
				return e, err
			}
			if d <= 0 {
				return e, fmt.Errorf("the duration %q is not longer than nothing", in.Duration)
			}
			x.text, x.long = in.Duration, d
		}
		e.Duration = x.long
	}
	for _, k := range [...]struct{ what, text string }{{"scope", e.Scope}, {"type", e.Type}, {"value", e.Value}, {"reason", e.Reason}} {
		if len(k.text) > wire.MaxText || len(k.text) > wire.MaxName && (k.what == "scope" || k.what == "type") {
			return e, fmt.Errorf("the %s is too long", k.what)
		}
		if !utf8.ValidString(k.text) {
			return e, fmt.Errorf("the %s is no text", k.what)
		}
	}
	err := e.settle()
	return e, err
}

// settle gives scope and value their usual spelling.
func (e *Entry) settle() error {
	scope, value, err := Settle(e.Scope, e.Value)
	if err != nil {
		return err
	}
	e.Scope, e.Value = scope, value
	return nil
}

// Settle gives scope and value their usual spelling. Without scope, and with Ip for a range, the value says which it is:
// an address or a range. A range of one address is that address.
func Settle(scope, value string) (string, string, error) {
	scope = wire.Scope(scope)
	if value == "" {
		return scope, value, errors.New("there is no value")
	}
	if scope != "" && scope != tocsin.ScopeIP && scope != tocsin.ScopeRange {
		return scope, value, nil
	}
	p, ok := address.Parse(value)
	switch {
	case !ok:
		return scope, value, fmt.Errorf("%q is neither an address nor a range", cut(value))
	case strings.Contains(value, "%"):
		return scope, value, fmt.Errorf("%q has a zone, which names an interface of one machine", value)
	}
	if p.IsSingleIP() {
		return tocsin.ScopeIP, p.Addr().String(), nil
	}
	return tocsin.ScopeRange, p.String(), nil
}

func cut(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:57], "") + "..."
	}
	return s
}

// lines reads one value a line.
func (x *Reader) lines(r io.Reader) func() (raw, error) {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, maxLine), maxLine)
	n := 0
	return func() (raw, error) {
		for s.Scan() {
			n++
			line := s.Text()
			if n == 1 {
				line = strings.TrimPrefix(line, "\ufeff")
			}
			if i := strings.IndexAny(line, "#;"); i >= 0 {
				line = line[:i]
			}
			line = strings.TrimSpace(line)
			if addressed(x.defaults.Scope) {
				line, _, _ = strings.Cut(line, " ")
				line, _, _ = strings.Cut(line, "\t")
			}
			if line == "" {
				continue
			}
			x.place, x.at = "line", n
			return raw{Value: line}, nil
		}
		x.place, x.at = "line", n+1
		if errors.Is(s.Err(), bufio.ErrTooLong) {
			return raw{}, fmt.Errorf("it is longer than %d bytes: is this a list of values?", maxLine)
		}
		if s.Err() != nil {
			x.place = ""
			return raw{}, s.Err()
		}
		return raw{}, io.EOF
	}
}

// addressed says whether values of a scope hold no blanks.
func addressed(scope string) bool {
	return scope == "" || scope == tocsin.ScopeIP || scope == tocsin.ScopeRange
}

// table reads CSV.
func (x *Reader) table(r io.Reader) func() (raw, error) {
	limit := &capped{r: r}
	c := csv.NewReader(limit)
	c.ReuseRecord, c.TrimLeadingSpace, c.Comment = true, true, '#'
	var set []func(*raw, string)
	line := 1
	return func() (raw, error) {
		limit.allow(c.InputOffset())
		if set == nil {
			head, err := c.Read()
			if errors.Is(err, io.EOF) {
				return raw{}, err
			}
			x.place, x.at = "line", 1
			if err != nil {
				return raw{}, reason(err)
			}
			if set, err = columns(head); err != nil {
				return raw{}, err
			}
		}
		record, err := c.Read()
		if err != nil {
			x.place, x.at = "after line", line
			if p, ok := errors.AsType[*csv.ParseError](err); ok {
				x.place, x.at = "line", p.StartLine
			}
			return raw{}, reason(err)
		}
		line, _ = c.FieldPos(0)
		x.place, x.at = "line", line
		var in raw
		for i, v := range record {
			set[i](&in, v)
		}
		return in, nil
	}
}

// reason is a CSV error without its place, which ours has.
func reason(err error) error {
	if p, ok := errors.AsType[*csv.ParseError](err); ok {
		return p.Err
	}
	return err
}

// columns reads the header.
func columns(head []string) ([]func(*raw, string), error) {
	known := map[string]func(*raw, string){
		"value":    func(r *raw, v string) { r.Value = v },
		"scope":    func(r *raw, v string) { r.Scope = v },
		"type":     func(r *raw, v string) { r.Type = v },
		"duration": func(r *raw, v string) { r.Duration = v },
		"reason":   func(r *raw, v string) { r.Reason = v },
		"scenario": func(r *raw, v string) { r.Scenario = v },
	}
	var set []func(*raw, string)
	var names []string
	for i, h := range head {
		h = strings.ToLower(strings.TrimSpace(h))
		if i == 0 {
			h = strings.TrimPrefix(h, "\ufeff")
		}
		f, ok := known[h]
		if !ok {
			f = func(*raw, string) {}
		}
		names = append(names, h)
		set = append(set, f)
	}
	if !slices.Contains(names, "value") {
		return nil, errors.New("the first line has no column named value: want a header such as value,duration,reason")
	}
	return set, nil
}

// capped is a reader that goes no further than a position: a list is as long as it likes, an entry is not.
type capped struct {
	r          io.Reader
	read, most int64
}

// allow lets it go on for one more entry from a position.
func (c *capped) allow(from int64) { c.most = from + maxEntry }

func (c *capped) Read(p []byte) (int, error) {
	if c.read >= c.most {
		return 0, fmt.Errorf("an entry is longer than %d bytes: is this the right format?", maxEntry)
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.most-c.read)])
	c.read += int64(n)
	return n, err
}

// objects reads JSON: a list, or one object after the other.
func (x *Reader) objects(r io.Reader) func() (raw, error) {
	limit := &capped{r: r, most: maxEntry}
	var d *json.Decoder
	n, list := 0, false
	return func() (raw, error) {
		if d == nil {
			b := bufio.NewReader(limit)
			first, err := firstByte(b)
			if err != nil {
				return raw{}, err
			}
			d = json.NewDecoder(b)
			x.place = "the beginning"
			if list = first == '['; list {
				if _, err := d.Token(); err != nil {
					return raw{}, err
				}
			} else if first != '{' {
				return raw{}, errors.New("want a list of objects, or objects")
			}
		}
		n++
		x.place, x.at = "entry", n
		limit.allow(d.InputOffset())
		if list && !d.More() {
			if _, err := d.Token(); err != nil {
				return raw{}, whole(err)
			}
			if _, err := d.Token(); !errors.Is(err, io.EOF) {
				return raw{}, errors.New("there is more after the end of the list")
			}
			n, list = n-1, false // asked once more, it is the end again
			return raw{}, io.EOF
		}
		var in raw
		if err := d.Decode(&in); err != nil {
			if !list && errors.Is(err, io.EOF) {
				return raw{}, io.EOF
			}
			return raw{}, whole(err)
		}
		return in, nil
	}
}

// whole makes the end of the input what it is inside of a value.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// firstByte is the first one that is no blank; it stays to be read.
func firstByte(b *bufio.Reader) (byte, error) {
	for {
		c, err := b.ReadByte()
		if err != nil {
			return 0, err
		}
		if c == 0xef { // a byte order mark
			if rest, err := b.Peek(2); err == nil && rest[0] == 0xbb && rest[1] == 0xbf {
				_, _ = b.Discard(2)
				continue
			}
		}
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c, b.UnreadByte()
		}
	}
}
