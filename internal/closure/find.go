package closure

import (
	"strings"

	"tocsin.example/internal/automaton"
)

// finder says which of some texts is the first that is found in a text, -1 for none.
type finder interface {
	first(text string) int
}

// newFinder makes what finds the first of some texts; numbers are what it calls them.
func newFinder(op string, texts []string, numbers []int) finder {
	switch op {
	case "contains":
		return newParts(texts, numbers)
	case "==":
		m := make(wholes, len(texts))
		for i, t := range texts {
			if _, ok := m[t]; !ok {
				m[t] = numbers[i]
			}
		}
		return m
	default:
		if e := newEnds(op == "endsWith", texts, numbers); len(e.lengths) <= maxLengths {
			return e
		}
		return &scan{end: op == "endsWith", texts: texts, numbers: numbers}
	}
}

// maxLengths bounds the lengths of texts that are looked for one length after the other.
const maxLengths = 64

// scan looks for texts at an end of a text one after the other.
type scan struct {
	end     bool
	texts   []string
	numbers []int
}

func (s *scan) first(text string) int {
	for i, t := range s.texts {
		if s.end && strings.HasSuffix(text, t) || !s.end && strings.HasPrefix(text, t) {
			return s.numbers[i]
		}
	}
	return -1
}

// wholes are texts that are looked for as a whole, with their numbers.
type wholes map[string]int

func (w wholes) first(text string) int {
	if i, ok := w[text]; ok {
		return i
	}
	return -1
}

// ends are texts that are looked for at the end, or at the beginning, of a text: by length.
type ends struct {
	end     bool
	lengths []int
	outer   [256]bool // bytes that are at that end of some text
	empty   bool      // the empty text is among them
	byText  map[string]int
}

func newEnds(end bool, texts []string, numbers []int) *ends {
	e := &ends{end: end, byText: make(map[string]int, len(texts))}
	seen := map[int]bool{}
	for i, t := range texts {
		if _, ok := e.byText[t]; !ok {
			e.byText[t] = numbers[i]
		}
		if !seen[len(t)] {
			seen[len(t)] = true
			e.lengths = append(e.lengths, len(t))
		}
		switch {
		case t == "":
			e.empty = true
		case end:
			e.outer[t[len(t)-1]] = true
		default:
			e.outer[t[0]] = true
		}
	}
	return e
}

func (e *ends) first(text string) int {
	if !e.empty {
		if text == "" {
			return -1
		}
		at := 0
		if e.end {
			at = len(text) - 1
		}
		if !e.outer[text[at]] {
			return -1
		}
	}
	best := -1
	for _, n := range e.lengths {
		if n > len(text) {
			continue
		}
		part := text[:n]
		if e.end {
			part = text[len(text)-n:]
		}
		if i, ok := e.byText[part]; ok && (best < 0 || i < best) {
			best = i
		}
	}
	return best
}

// parts are texts that are looked for anywhere in a text.
type parts struct {
	all     *automaton.Literals
	numbers []int
}

func newParts(texts []string, numbers []int) *parts {
	return &parts{all: automaton.NewLiterals(texts), numbers: numbers}
}

func (p *parts) first(text string) int {
	if len(p.numbers) == 0 || !p.all.Any(text) {
		return -1
	}
	best := len(p.numbers)
	p.all.Each(text, func(i int) { best = min(best, i) })
	return p.numbers[best]
}
