package lint

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"tocsin.example/internal/ambiguity"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/parse"
)

// Witness is a text that a pattern can read in two ways, and where the address is in each.
type Witness struct {
	Text          string
	First, Second ambiguity.Span
	// Taken is the part of the text that the engine takes.
	Taken string
}

// Readings are the two addresses.
func (w *Witness) Readings() [2]string { return [2]string{w.First.Of(w.Text), w.Second.Of(w.Text)} }

// roles say what a part is, for people.
var roles = [...]string{around: "from which the address of a source is read", itself: "which says whom to ban"}

// judgement is what was asked about an expression.
type judgement struct {
	expression, field string
	as                part
}

type judged struct {
	ambiguity.Result

	err   error
	taken string
}

// addressName matches names of fields that hold an address.
var addressName = regexp.MustCompile(`(?i)(?:^|_)(?:ip|ipv4|ipv6|addr|address|remote_host|client)(?:_|$)`)

// sourceField is the field that the source of an alert is taken from.
const sourceField = "Meta.source_ip"

// part is what a field is to a source: the address itself, or a text that the address is read from.
type part uint8

const (
	around part = iota + 1
	itself
)

// wanted are the fields that say whom to ban: the source, and addresses by which scenarios group or name their source.
func (l *linter) wanted() map[string]part {
	out := map[string]part{sourceField: itself}
	for _, s := range l.scenarios {
		for _, text := range []diag.Text{s.GroupBy, s.ScopeExpression} {
			for _, field := range cond.Sources(text.Value) {
				_, name, _ := strings.Cut(field, ".")
				if addressName.MatchString(name) {
					out[field] = itself
				}
			}
		}
	}
	return out
}

// sources follows the wanted fields back to the groks that capture them, and judges these.
func (l *linter) sources() {
	all := l.wanted()
	in := make([]map[string]part, len(l.parsers)) // the fields that matter, by document
	for i := range in {
		in[i] = map[string]part{}
	}
	// A field that a document uses and does not make is made by another.
	for n := -1; n != weight(all); {
		n = weight(all)
		for i, p := range l.parsers {
			follow(p, all, in[i], l.fieldsOf)
		}
	}
	for i, p := range l.parsers {
		l.judgeDocument(p, in[i])
	}
}

// weight grows with every field that is added and every part that becomes more.
func weight(fields map[string]part) int {
	n := 0
	for _, p := range fields {
		n += int(p)
	}
	return n
}

// follow adds to mine what the wanted fields of a document are made of, and to all what it does not make itself.
func follow(p *parse.Survey, all, mine map[string]part, fieldsOf func(*parse.GrokSurvey) []string) {
	made := map[string]bool{}
	for i := range p.Statics {
		made[p.Statics[i].Target] = true
	}
	for i := range p.Groks {
		for _, f := range fieldsOf(&p.Groks[i]) {
			made["Parsed."+f] = true
		}
	}
	for field, as := range all {
		if made[field] {
			mine[field] = max(mine[field], as)
		}
	}
	for n := -1; n != weight(mine); {
		n = weight(mine)
		for i := range p.Statics {
			s := &p.Statics[i]
			if as := mine[s.Target]; as > 0 {
				for _, f := range cond.Sources(s.Expression.Value) {
					mine[f] = max(mine[f], as)
				}
			}
		}
		for i := range p.Groks {
			g := &p.Groks[i]
			if slices.ContainsFunc(fieldsOf(g), func(f string) bool { return mine["Parsed."+f] > 0 }) {
				for _, f := range readBy(g) {
					mine[f] = max(mine[f], around)
				}
			}
		}
	}
	for field, as := range mine {
		if !made[field] {
			all[field] = max(all[field], as)
		}
	}
}

// readBy lists the fields that a grok is applied on.
func readBy(g *parse.GrokSurvey) []string {
	switch g.On {
	case "":
		return cond.Sources(g.Expression.Value)
	case "Line.Raw", "evt.Line.Raw":
		return nil
	}
	return []string{"Parsed." + g.On}
}

// group matches the groups of fields in an expanded pattern.
var group = regexp.MustCompile(`\(\?P<(\w+)>`)

func (l *linter) fieldsOf(g *parse.GrokSurvey) []string {
	expression, err := l.Rules.Patterns.Expand(g.Pattern())
	if err != nil {
		return nil // check reports it
	}
	var out []string
	for _, m := range group.FindAllStringSubmatch(expression, -1) {
		out = append(out, m[1])
	}
	return out
}

func (l *linter) judgeDocument(p *parse.Survey, fields map[string]part) {
	for i := range p.Groks {
		g := &p.Groks[i]
		expression, err := l.Rules.Patterns.Expand(g.Pattern())
		if err != nil {
			continue
		}
		captures := 0
		for _, f := range l.fieldsOf(g) {
			if as := fields["Parsed."+f]; as > 0 {
				captures++
				l.judgeCapture(p.Name.Value, g, expression, f, as)
			}
		}
		if captures > 0 && !isAnchored(expression) {
			l.add(Unanchored, p.Name.Value, g.Text, 0, "begin it with ^",
				"the pattern matches anywhere: text that a client put into another message is taken for this one")
		}
	}
}

// examples are addresses for documents, which witnesses show.
var examples = []string{"198.51.100.9", "192.0.2.7", "2001:db8:bad::9", "2001:db8::7"}

func (l *linter) judgeCapture(name string, g *parse.GrokSurvey, expression, field string, as part) {
	key := judgement{expression, field, as}
	j, ok := l.judged[key]
	if !ok {
		j.Result, j.err = ambiguity.Judge(expression, field, as == around, examples...)
		if j.Verdict == ambiguity.Movable {
			j.taken = taken(expression, field, j.Text)
		}
		l.judged[key] = j
		l.report.Judged++
	}
	offset := 0
	if end := strings.LastIndex(g.Text.Value, ":"+field+"}"); end > 0 && !g.Named {
		offset = max(strings.LastIndex(g.Text.Value[:end], "%{"), 0)
	}
	switch {
	case j.err != nil:
	case j.Verdict == ambiguity.TooLarge:
		l.add(Unjudged, name, g.Text, offset, "split it into nodes", "the pattern is too large to judge whether %s can be forged", field)
	case j.Verdict == ambiguity.Movable:
		l.put(Finding{
			Code: Forged, Rule: name, Witness: &Witness{Text: j.Text, First: j.First, Second: j.Second, Taken: j.taken},
			Problem: g.Text.Problem(offset, "anchor the pattern with ^ and $, or let nothing before the address match what introduces it",
				"a client can move %s, %s: one text has two places for it", field, roles[as]),
		})
	}
}

// taken is what Go's regexp captures.
func taken(expression, field, text string) string {
	re, err := regexp.Compile(expression)
	if err != nil {
		return ""
	}
	if m := re.FindStringSubmatch(text); m != nil {
		return m[re.SubexpIndex(field)]
	}
	return ""
}

// isAnchored reports whether an expression can begin to match only where its text begins.
func isAnchored(expression string) bool {
	tree, err := syntax.Parse(expression, syntax.Perl)
	return err == nil && anchored(tree)
}

func anchored(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText:
		return true
	case syntax.OpCapture, syntax.OpPlus:
		return anchored(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min > 0 && anchored(re.Sub[0])
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !anchored(sub) })
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if anchored(sub) {
				return true
			}
			if sub.Op != syntax.OpEmptyMatch && sub.Op != syntax.OpWordBoundary {
				return false
			}
		}
	}
	return false
}

// String writes the witness for people: the text, and what it can be read as.
func (w *Witness) String() string {
	return fmt.Sprintf("%q is read with %s at %d or %s at %d; the engine takes %s",
		w.Text, w.First.Of(w.Text), w.First.From, w.Second.Of(w.Text), w.Second.From, w.Taken)
}
