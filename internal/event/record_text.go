package event

import "strings"

const maxSeen = 64 // texts of one record that later ones may refer to

// How a text is written: the low bits of its tag.
const (
	textAfter   = iota // a part of the line: how far behind the end of the last one, and the length
	textInside         // likewise, behind the start of the last one
	textAt             // likewise, behind the start of the line
	textKnown          // a number of the Interner
	textAgain          // a text that was there before
	textLiteral        // length and bytes
	noText             // no tag at all

	kindBits = 3
	kindMask = 1<<kindBits - 1
)

// Texts that are there before the first one.
const (
	seenEmpty = iota
	seenRaw
	seenStamp // the event's time as MarshaledTime has it
	seenFirst
)

// guesses are how a text was written lately: the same field of the next event is mostly written so too.
type guesses [2]uint64

// guess writes a text as one of the guesses if that is right, and reports whether it was.
func (w *writer) guess(g *guesses, s string) bool {
	if w.try(g[0], s) {
		return true
	}
	if w.try(g[1], s) {
		g[0], g[1] = g[1], g[0]
		return true
	}
	g[1], g[0] = g[0], w.text(s)
	return false
}

// try writes a text by a tag if the tag says it, and reports whether it does. No tag says a text in full.
//
// hot: once a field of an event that a bucket retains
func (w *writer) try(tag uint64, s string) bool {
	n := int(tag >> kindBits)
	switch tag & kindMask {
	case textAfter:
		n += w.past
	case textInside:
		n += w.start
	case textAt:
	case textKnown:
		if w.in.texts[n] != s {
			return false
		}
		w.tag(tag)
		return true
	case textAgain:
		if !w.isAgain(n, s) {
			return false
		}
		w.tag(tag)
		return true
	default:
		return false
	}
	if s == "" || n+len(s) > len(w.raw) || w.raw[n:n+len(s)] != s {
		return false
	}
	w.tag(tag)
	w.length(len(s))
	w.start, w.past = n, n+len(s)
	w.remember(s)
	return true
}

// isAgain reports whether a text is one that was there before.
func (w *writer) isAgain(n int, s string) bool {
	switch n {
	case seenEmpty:
		return s == ""
	case seenRaw:
		return s == w.raw
	case seenStamp:
		return s == string(w.stamp)
	default:
		return n-seenFirst < w.known && w.seen[n-seenFirst] == s
	}
}

// remember keeps a text for later ones to refer to, as the reader does.
func (w *writer) remember(s string) {
	if w.known < maxSeen {
		w.seen[w.known] = s
		w.known++
	}
}

// fixed writes a text that is one of few.
func (w *writer) fixed(g *guesses, s string) {
	if w.try(g[0], s) {
		return
	}
	if s != "" {
		w.in.text(s) // if there is room
	}
	w.guess(g, s)
}

// text writes a text in the best way, and returns the tag.
func (w *writer) text(s string) (tag uint64) {
	tag = w.choose(s)
	if tag&kindMask != textLiteral {
		w.try(tag, s)
		return tag
	}
	w.tag(tag)
	w.b = appendText(w.b, s)
	w.remember(s)
	return tag
}

func (w *writer) choose(s string) (tag uint64) {
	switch {
	case s == "":
		return seenEmpty<<kindBits | textAgain
	case s == w.raw:
		return seenRaw<<kindBits | textAgain
	case s == string(w.stamp):
		return seenStamp<<kindBits | textAgain
	}
	if i, ok := w.again(s); ok {
		return uint64(i+seenFirst)<<kindBits | textAgain //nolint:gosec // bounded by maxSeen
	}
	at, ok := w.find(s)
	switch {
	case ok && at >= w.past:
		return textAfter + uint64(at-w.past)<<kindBits //nolint:gosec // not negative
	case ok && at >= w.start:
		return uint64(at-w.start)<<kindBits | textInside //nolint:gosec // not negative
	case ok:
		return uint64(at)<<kindBits | textAt //nolint:gosec // not negative
	}
	if id, ok := w.in.textIDs[s]; ok {
		return uint64(id)<<kindBits | textKnown
	}
	w.in.admit(s)
	return textLiteral
}

// again looks for a text among those that this record has.
func (w *writer) again(s string) (int, bool) {
	if w.hashed == 0 {
		w.heads = [64]uint8{}
	}
	for ; w.hashed < w.known; w.hashed++ {
		head := &w.heads[hashOf(w.seen[w.hashed])]
		w.chain[w.hashed] = *head
		*head = uint8(w.hashed + 1) //nolint:gosec // bounded by maxSeen
	}
	for i := w.heads[hashOf(s)]; i != 0; i = w.chain[i-1] {
		if w.seen[i-1] == s {
			return int(i - 1), true
		}
	}
	return 0, false
}

// hashOf tells most texts of a record apart; s is not empty.
func hashOf(s string) int { return (len(s)*7 + int(s[0])*3 + int(s[len(s)-1])) & 63 }

// find looks for a text in the line, from where the last one ended and then from the start. It searches by content: what
// is written must not depend on which engine cut the line, and captures mostly come in order.
func (w *writer) find(s string) (int, bool) {
	if len(s) > len(w.raw) || w.budget < 0 {
		return 0, false
	}
	if i := strings.Index(w.raw[w.past:], s); i >= 0 {
		w.budget -= i + len(s)
		return w.past + i, true
	}
	w.budget -= len(w.raw) - w.past
	end := min(w.past+len(s)-1, len(w.raw))
	i := strings.Index(w.raw[:end], s)
	if i < 0 {
		w.budget -= end
		return 0, false
	}
	w.budget -= i + len(s)
	return i, true
}
