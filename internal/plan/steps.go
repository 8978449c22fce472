package plan

import (
	"strings"
)

type stepKind uint8

// What a step does. Each has one end at most.
const (
	stepNothing   stepKind = iota
	stepText               // takes text
	stepByte               // takes a byte of table
	stepClass              // takes a character of class
	stepSpan               // takes min to max bytes of table
	stepUntil              // takes min or more bytes up to, without, stop
	stepRest               // takes all to the end
	stepClasses            // takes min to max characters of class
	stepTable              // takes what auto takes; only one end can go on
	stepPrefer             // takes what auto takes, which is ordered
	stepBeginText          // from here on: assertions
	stepEndText
	stepBeginLine
	stepEndLine
	stepBoundary
)

// A step is a part of the expression that has one end at most, and so needs no frame of its own.
type step struct {
	kind     stepKind
	stop     byte
	want     bool // of stepBoundary
	undo     bool // the mark is taken back on failure
	mark     int  // where in ends the beginning is written; 0 for nowhere
	min, max int  // max -1: no limit
	text     string
	table    *[256]bool
	class    *class
	auto     *table
}

// node makes the function of k.
func (c *compiler) node(k cont) node {
	if k.steps == nil {
		if k.tail != nil {
			return k.tail
		}
		return accept
	}
	c.nodes++
	var steps []step
	var undo []int
	for l := k.steps; l != nil; l = l.next {
		steps = append(steps, l.step)
		if l.undo {
			undo = append(undo, l.mark)
		}
	}
	tail := k.tail
	if tail == nil {
		tail = accept
	}
	if undo == nil {
		return func(m *match, i int) bool {
			i = m.run(steps, i)
			return i >= 0 && tail(m, i)
		}
	}
	return func(m *match, i int) bool {
		if i = m.run(steps, i); i >= 0 && tail(m, i) {
			return true
		}
		for _, slot := range undo {
			m.ends[slot] = -1
		}
		return false
	}
}

// accept is the end of the expression. What was cut short by the budget must not count as failed: so this fails too.
func accept(m *match, i int) bool {
	m.ends[1] = i
	return m.steps >= 0
}

// run takes the steps one after the other from i on and returns their end, or -1.
//
// hot:
func (m *match) run(steps []step, i int) int {
	text := m.text
	m.steps--
	for at := range steps {
		s := &steps[at]
		if s.mark != 0 {
			m.ends[s.mark] = i
		}
		switch s.kind {
		case stepNothing:
		case stepText:
			if len(text)-i < len(s.text) || text[i:i+len(s.text)] != s.text {
				return -1
			}
			i += len(s.text)
		case stepByte:
			if i >= len(text) || !s.table[text[i]] {
				return -1
			}
			i++
		case stepSpan:
			j, end := i, len(text)
			if s.max >= 0 && end-i > s.max {
				end = i + s.max
			}
			for j < end && s.table[text[j]] {
				j++
			}
			if j-i < s.min {
				return -1
			}
			m.steps -= (j - i) >> 3
			i = j
		case stepUntil:
			n := strings.IndexByte(text[i:], s.stop)
			if n < 0 {
				n = len(text) - i
			}
			if n < s.min {
				return -1
			}
			m.steps -= n >> 5
			i += n
		case stepTable:
			end, ok := s.auto.run(text, i)
			m.steps -= (end - i) >> 2
			if !ok {
				return -1
			}
			i = end
		default:
			if i = m.rare(s, i); i < 0 {
				return -1
			}
		}
	}
	return i
}

// rare takes the steps that run has not.
func (m *match) rare(s *step, i int) int {
	text, ok := m.text, false
	switch s.kind { //nolint:exhaustive // the others are run's
	case stepClass:
		w := s.class.width(text, i)
		ok = w > 0
		i += w
	case stepRest:
		ok = len(text)-i >= s.min
		i = len(text)
	case stepClasses:
		end, n := s.class.skip(text, i, s.max)
		m.steps -= n
		ok = n >= s.min
		i = end
	case stepPrefer:
		end, far := s.auto.prefer(text, i)
		m.steps -= (far - i) >> 2
		return end
	case stepBeginText:
		ok = i == 0
	case stepEndText:
		ok = i == len(text)
	case stepBeginLine:
		ok = i == 0 || text[i-1] == '\n'
	case stepEndLine:
		ok = i == len(text) || text[i] == '\n'
	case stepBoundary:
		before := i > 0 && isWord(text[i-1])
		after := i < len(text) && isWord(text[i])
		ok = (before != after) == s.want
	}
	if !ok {
		return -1
	}
	return i
}
