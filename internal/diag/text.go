package diag

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// Text is a scalar that remembers where each of its bytes stands in the file, also inside block scalars and quotes, so
// that a fault inside an expression or a pattern has its own line and column. It is immutable and safe for concurrent
// use; it keeps the text of its file in memory. The zero value is an absent key.
type Text struct {
	// Value is the scalar as YAML reads it: unquoted, unescaped, unfolded. A number or boolean is the text it was
	// written as, null is "".
	Value string

	src       *source
	line, col int // where the scalar begins, with its anchor and tag
	style     style
	anchor    string
}

// style is how a scalar is written.
type style uint8

const (
	stylePlain style = iota
	styleSingle
	styleDouble
	styleLiteral
	styleFolded
	styleExact // not YAML: the source is the value
)

// Plain makes a Text of a value that does not come from YAML, as from the command line: its places are lines and
// columns of the value itself.
func Plain(value, file string) Text {
	return Text{Value: value, src: newSource(file, value), line: 1, col: 1, style: styleExact}
}

func (d *Doc) textOf(n *yaml.Node) Text {
	at := d.at(n)
	t := Text{Value: n.Value, src: d.src, line: at.Line, col: at.Col, anchor: n.Anchor}
	switch {
	case n.Style&yaml.SingleQuotedStyle != 0:
		t.style = styleSingle
	case n.Style&yaml.DoubleQuotedStyle != 0:
		t.style = styleDouble
	case n.Style&yaml.LiteralStyle != 0:
		t.style = styleLiteral
	case n.Style&yaml.FoldedStyle != 0:
		t.style = styleFolded
	}
	if isNull(n) {
		t.Value = ""
	}
	return t
}

// IsZero reports that the key was absent. An empty value that is there is not zero.
func (t Text) IsZero() bool { return t.src == nil && t.Value == "" }

// String returns the value.
func (t Text) String() string { return t.Value }

// At returns the place of the byte of Value at offset; of an offset outside, that of the nearest end. A break or space
// that YAML made of a line break stands where the line ends. It reads the scalar again, which takes time in proportion to
// it: it is for faults, not for hot paths.
func (t Text) At(offset int) Place {
	if t.src == nil {
		return Place{}
	}
	return t.src.place(t.where(offset))
}

// Quote returns the source line on which the byte at offset stands, or a part around it of a long one.
func (t Text) Quote(offset int) string {
	q, _ := t.quote(t.At(offset))
	return q
}

func (t Text) quote(at Place) (string, int) {
	if t.src == nil {
		return "", 0
	}
	return t.src.quote(at.Line, at.Col)
}

// Problem makes an error at the byte of Value at offset, with the source line. The hint may be "".
func (t Text) Problem(offset int, hint, format string, args ...any) Problem {
	p := Problem{Place: t.At(offset), Hint: hint, What: fmt.Sprintf(format, args...)}
	p.Quote, p.QuoteCol = t.quote(p.Place)
	return p
}

// where returns the offset in the file of the byte of Value at offset.
func (t Text) where(offset int) int {
	offset = min(max(offset, 0), len(t.Value))
	if t.style == styleExact {
		return offset
	}
	start := t.src.offset(t.line, t.col)
	spots, ok := trace(t.src.text, start, t.style, t.anchor, t.Value)
	if !ok {
		return start
	}
	return spots[offset]
}
