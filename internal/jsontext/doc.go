// Package jsontext reads JSON without making values of it: [Doc.Parse] checks a text once and notes where its values
// are, and a [Value] looks into the text when it is asked.
//
// What a text means is what encoding/json says when it decodes into an any: which texts are faulty, how deep they may
// be, that numbers are float64, that the last of equal keys counts, and that what is no UTF-8 becomes U+FFFD. Messages of
// errors are its own. It writes no JSON, decodes into no Go types and reads no streams. Start from [Doc].
package jsontext

import (
	"fmt"
	"hash/maphash"
	"math"

	"tocsin.example/internal/poison"
)

const (
	// MaxText is the longest text that is read, in bytes.
	MaxText = math.MaxInt32
	// MaxDepth is how many lists and objects may be in each other, as in encoding/json.
	MaxDepth = 10000
)

// What a Doc keeps for the next text; what was larger is given back.
const (
	keptNodes   = 2048
	keptSide    = 4096
	keptScratch = 16 << 10
)

// Kind is what a value is.
type Kind uint8

// The kinds. None is that of the zero Value.
const (
	None Kind = iota
	Null
	Bool
	Number
	String
	List
	Object
)

// Marks of nodes.
const (
	escaped = 1 << iota // a string with a backslash
	wide                // a string with bytes beyond ASCII
	made                // a string of which scratch has the decoded form
	isTrue              // of the two values of Bool
)

// node is a value or a key. The nodes of a list are its own and then those of its elements; of an object, its own and
// then key and value of each member.
type node struct {
	at, end uint32 // the text; of a string the inside
	next    uint32 // the node behind this one and all in it
	n       uint32 // of a list, an object: how many elements, members; of a made string: where it begins in scratch
	side    uint32 // of a list, an object: where its table begins in side, plus one; of a made string: how long it is
	kind    Kind
	marks   uint8
	asked   uint8 // of an object: how often a member was looked for, up to askOften
}

// Doc is a text and where its values are. The zero Doc is ready; used again, it needs no new memory. A Doc and its Values
// are for one goroutine.
type Doc struct {
	text    string
	nodes   []node
	open    []uint32 // the lists and objects around the place that is read
	side    []uint32 // tables of long lists and objects
	scratch []byte   // decoded strings
	hash    maphash.Seed
	seeded  bool
}

// Error is why a text is no JSON.
type Error struct {
	At   int // in bytes
	What string
}

// Error says why and where.
func (e *Error) Error() string { return fmt.Sprintf("%s at byte %d", e.What, e.At+1) }

// Parse reads a text, which the Doc keeps. Values and strings of the text before are no longer valid. It takes time and
// memory in proportion to the text. The error is an *[Error]; the Doc is then empty.
//
// hot:
func (d *Doc) Parse(text string) error {
	d.Reset()
	if len(text) > MaxText {
		return &Error{At: MaxText, What: "the text is too long"}
	}
	d.text = text
	at, what := d.read()
	if what != "" {
		d.Reset()
		return &Error{At: at, What: what}
	}
	return nil
}

// Reset empties the Doc. Its Values and their strings are no longer valid.
func (d *Doc) Reset() {
	poison.Bytes(d.scratch)
	if cap(d.nodes) > keptNodes {
		d.nodes = nil
	}
	if cap(d.side) > keptSide {
		d.side = nil
	}
	if cap(d.scratch) > keptScratch {
		d.scratch = nil
	}
	if cap(d.open) > keptNodes {
		d.open = nil
	}
	d.text, d.nodes, d.open, d.side, d.scratch = "", d.nodes[:0], d.open[:0], d.side[:0], d.scratch[:0]
}

// Root returns the value of the text, the zero Value when there is none.
func (d *Doc) Root() Value {
	if len(d.nodes) == 0 {
		return Value{}
	}
	return Value{doc: d}
}
