package cond

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// Limits of what is looked for in place of a regular expression.
const (
	// maxPattern is the longest expression that is read, in bytes. Longer ones that are not written out fail.
	maxPattern = MaxRegexp / 8
	// minNeeded is the shortest text that is worth being looked for, in bytes.
	minNeeded = 3
	// maxNeeded bounds the texts of one expression of which one must be there.
	maxNeeded = 64
	// maxDepth bounds the groups in groups that are looked into.
	maxDepth = 64
)

// isPattern reports whether matches takes a regular expression without failing.
func isPattern(source string) bool {
	if len(source) > maxPattern {
		return false
	}
	_, err := regexp.Compile(source)
	return err == nil
}

// anyPattern reads RegexpInFile(evt.Meta.x, 'f').
func (h *hoist) anyPattern(call *ast.CallNode) (Guard, bool) {
	name, args := helperCall(call)
	if name != "RegexpInFile" || len(args) != 2 {
		return Guard{}, false
	}
	file, ok := args[1].(*ast.StringNode)
	if !ok {
		return Guard{}, false
	}
	all, _ := h.files.Regexps(file.Value)
	var sources []string
	for _, re := range all {
		sources = append(sources, re.String())
	}
	return h.patterns(args[0], sources...)
}

// patterns makes a guard of what a text must have so that one of some regular expressions is found in it.
func (h *hoist) patterns(field ast.Node, sources ...string) (Guard, bool) {
	f, c, g, ok := h.decoded(field)
	if !ok {
		return Guard{}, false
	}
	g.Field, g.Costly = f, true
	for _, source := range sources {
		if len(source) > maxPattern {
			return Guard{}, false
		}
		re, err := syntax.Parse(source, syntax.Perl)
		if err != nil {
			return Guard{}, false
		}
		texts := neededBy(re, 0)
		if len(texts) == 0 || len(g.Any)+len(texts) > maxTests {
			return Guard{}, false
		}
		for _, t := range texts {
			g.Any = append(g.Any, t.test(c))
		}
	}
	return g, true
}

// needed is a text of ASCII that is part of whatever an expression matches.
type needed struct {
	text string
	fold bool // in any case of its letters, of which none is a case of a letter beyond ASCII
}

func (n needed) test(c Case) Test {
	switch {
	case !n.fold:
		return Test{Op: Contains, Case: c, Text: n.text}
	case c == InUpper:
		return Test{Op: Contains, Case: c, Text: strings.ToUpper(n.text)}
	default:
		return Test{Op: Contains, Case: InLower, Text: strings.ToLower(n.text)}
	}
}

// neededBy returns texts of which at least one is part of every match, none when there are no such texts.
func neededBy(re *syntax.Regexp, depth int) []needed {
	if depth > maxDepth {
		return nil
	}
	switch re.Op {
	case syntax.OpLiteral:
		return neededOf(re.Rune, re.Flags&syntax.FoldCase != 0)
	case syntax.OpCapture, syntax.OpPlus:
		return neededBy(re.Sub[0], depth+1)
	case syntax.OpRepeat:
		if re.Min > 0 {
			return neededBy(re.Sub[0], depth+1)
		}
	case syntax.OpConcat:
		var best []needed
		for _, sub := range re.Sub {
			if texts := neededBy(sub, depth+1); better(texts, best) {
				best = texts
			}
		}
		return best
	case syntax.OpAlternate:
		var all []needed
		for _, sub := range re.Sub {
			texts := neededBy(sub, depth+1)
			if len(texts) == 0 || len(all)+len(texts) > maxNeeded {
				return nil
			}
			all = append(all, texts...)
		}
		return all
	}
	return nil
}

// better reports whether texts are found more rarely than others.
func better(texts, than []needed) bool {
	if len(texts) == 0 || len(than) == 0 {
		return len(texts) > 0
	}
	return shortest(texts) > shortest(than)
}

func shortest(texts []needed) int {
	n := len(texts[0].text)
	for _, t := range texts {
		n = min(n, len(t.text))
	}
	return n
}

// neededOf returns the longest run of a literal that stands for the very same bytes in a text: K and S have cases beyond
// ASCII, and what is no UTF-8 matches U+FFFD.
func neededOf(literal []rune, fold bool) []needed {
	best, from := literal[:0], 0
	for i := range len(literal) + 1 {
		if i < len(literal) && literal[i] < utf8.RuneSelf && (!fold || !strings.ContainsRune("kKsS", literal[i])) {
			continue
		}
		if i-from > len(best) {
			best = literal[from:i]
		}
		from = i + 1
	}
	if len(best) < minNeeded {
		return nil
	}
	return []needed{{text: string(best), fold: fold}}
}
