package grok

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tocsin.example/internal/diag"
)

// A piece of an expansion: text, the start of a reference, or its end.
type piece struct {
	text  string
	field string // of a start
	id    int    // of a start that fills a field: 1, 2, ... in the order of the text; 0 otherwise
}

// expansion writes out a pattern. First all references become pieces, then it is known which of several groups for one
// field wins, then the text is written.
type expansion struct {
	lib    *Library
	pieces []piece
	order  []string // fields by first occurrence
	ids    int
	size   int
	chain  []*definition // from the outermost to the one being expanded
	offset int           // in the outermost definition
}

// expand returns the pieces of d and, for each field, the id of the group that fills it.
func (l *Library) expand(d *definition) (*expansion, map[string]int, *Error) {
	x := &expansion{lib: l}
	win, err := x.define(d)
	return x, win, err
}

// define expands one definition. Fields named here hide the same fields from within; among several named here the last
// wins, among several from within that of the last reference.
func (x *expansion) define(d *definition) (map[string]int, *Error) {
	x.chain = append(x.chain, d)
	defer func() { x.chain = x.chain[:len(x.chain)-1] }()
	own, inner := map[string]int{}, map[string]int{}
	for _, p := range d.parts {
		if len(x.chain) == 1 {
			x.offset = p.at
		}
		if p.ref == "" {
			x.pieces = append(x.pieces, piece{text: p.text})
			if err := x.grow(len(p.text), d, p.at); err != nil {
				return nil, err
			}
			continue
		}
		if err := x.refer(d, p, own, inner); err != nil {
			return nil, err
		}
	}
	if d.fault != nil {
		if len(x.chain) == 1 {
			x.offset = d.fault.at
		}
		return nil, x.error(d, d.fault.at, d.fault.reason, d.fault.hint)
	}
	maps.Copy(inner, own)
	return inner, nil
}

// refer expands one reference of d.
func (x *expansion) refer(d *definition, p part, own, inner map[string]int) *Error {
	target, err := x.target(d, p)
	if err != nil {
		return err
	}
	open := piece{text: "(?:", field: p.field}
	if p.field != "" {
		x.ids++
		open.id = x.ids
		own[p.field] = open.id
		if !slices.Contains(x.order, p.field) {
			x.order = append(x.order, p.field)
		}
	}
	x.pieces = append(x.pieces, open)
	if err := x.grow(len("(?P<>)")+len(p.field), d, p.at); err != nil {
		return err
	}
	within, err := x.define(target)
	if err != nil {
		return err
	}
	x.pieces = append(x.pieces, piece{text: ")"})
	maps.Copy(inner, within)
	return nil
}

// target looks up what p refers to and refuses what would not end.
func (x *expansion) target(d *definition, p part) (*definition, *Error) {
	target, ok := x.lib.defs[p.ref]
	if !ok {
		hint := "define it in pattern_syntax or in a pattern file"
		if near := diag.Near(p.ref, x.lib.Names()); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		return nil, x.error(d, p.at, "there is no pattern named "+p.ref, hint)
	}
	if i := slices.Index(x.chain, target); i >= 0 {
		var names []string
		for _, c := range append(slices.Clone(x.chain[i:]), target) {
			names = append(names, c.name)
		}
		return nil, x.error(d, p.at, "the pattern refers to itself: "+strings.Join(names, " -> "), "a pattern has to be made of others")
	}
	if len(x.chain) > maxDepth {
		return nil, x.error(d, p.at, fmt.Sprintf("references are nested more than %d deep", maxDepth), "write the inner patterns out")
	}
	return target, nil
}

func (x *expansion) grow(n int, d *definition, at int) *Error {
	if x.size += n; x.size > maxExpanded {
		return x.error(d, at, fmt.Sprintf("the expanded expression has more than %d bytes", maxExpanded), "split the pattern, or refer to less")
	}
	return nil
}

// error makes the error for a fault at an offset in d.
func (x *expansion) error(d *definition, at int, reason, hint string) *Error {
	return &Error{Pattern: x.chain[0].pattern, Offset: x.offset, Name: d.name, Place: d.place, At: at, Reason: reason, Hint: hint}
}

// text writes the expression and returns the number of each winning group, by field.
func (x *expansion) text(win map[string]int) (expression string, groups map[string]int) {
	var b strings.Builder
	b.Grow(x.size)
	groups = make(map[string]int, len(win))
	for _, p := range x.pieces {
		if p.id == 0 || win[p.field] != p.id {
			b.WriteString(p.text)
			continue
		}
		groups[p.field] = len(groups) + 1
		b.WriteString("(?P<")
		b.WriteString(p.field)
		b.WriteByte('>')
	}
	return b.String(), groups
}
