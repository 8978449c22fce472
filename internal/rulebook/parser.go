package rulebook

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"tocsin.example/internal/parse"
)

// parser writes the section of one.
func (b *book) parser(w *strings.Builder, item string, p *parse.Survey) {
	name := p.Name.Value
	if name == "" {
		name = item
	}
	fmt.Fprintf(w, "\n### %s\n\n%s %s\n", name, sentence(p.Description.Value), b.source(p.File))
	if text := remark(p.File, p.Place); text != "" {
		fmt.Fprintf(w, "\n%s\n", text)
	}
	b.forms(w, p)
	w.WriteString("\n")
	if p.Filter.Value != "" {
		fmt.Fprintf(w, "- takes events with %s\n", code(p.Filter.Value))
	}
	meta, parsed := b.fields(p)
	if len(meta) > 0 {
		fmt.Fprintf(w, "- sets %s\n", strings.Join(coded(meta), ", "))
	}
	if len(parsed) > 0 {
		fmt.Fprintf(w, "- keeps of the text, in `evt.Parsed`: %s\n", strings.Join(coded(parsed), ", "))
	}
	if p.Whitelists > 0 {
		fmt.Fprintf(w, "- leaves alone what %s names\n", count(p.Whitelists, "whitelist"))
	}
	if tests := b.readIn(item, name); len(tests) > 0 {
		fmt.Fprintf(w, "- a test shows what it reads: %s\n", b.tests(tests))
	}
}

// forms is a table of a parser's nodes with what they say of an event.
func (b *book) forms(w *strings.Builder, p *parse.Survey) {
	t := table{w}
	head := false
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if n.Name == "" || !n.Grok && len(n.Statics) == 0 {
			continue
		}
		if !head {
			w.WriteString("\n")
			t.row("what is said", "`log_type`", "`sub_type`")
			t.line(3)
			head = true
		}
		t.row(strings.Repeat("&nbsp; ", n.Depth-1)+plain(n.Name), assigned(n.Statics, "Meta.log_type"), assigned(n.Statics, "Meta.sub_type"))
	}
}

// quoted matches a text in an expression.
var quoted = regexp.MustCompile(`^'([\w-]+)'$`)

// assigned is what statics assign to a field: the value, or the texts that stand behind the ? and : of an expression.
func assigned(statics []parse.StaticSurvey, field string) string {
	var out []string
	for i := range statics {
		s := &statics[i]
		switch {
		case s.Target != field:
		case s.Expression.Value == "":
			out = append(out, s.Value.Value)
		default:
			_, choice, ok := strings.Cut(s.Expression.Value, "?")
			if !ok {
				out = append(out, s.Expression.Value)
				continue
			}
			for part := range strings.FieldsFuncSeq(choice, func(r rune) bool { return r == '?' || r == ':' }) {
				if m := quoted.FindStringSubmatch(strings.TrimSpace(part)); m != nil {
					out = append(out, m[1])
				}
			}
		}
	}
	slices.Sort(out)
	return strings.Join(coded(slices.Compact(out)), " ")
}

var group = regexp.MustCompile(`\(\?P<(\w+)>`)

// fields lists what a parser sets, and what its groks keep, each sorted.
func (b *book) fields(p *parse.Survey) (set, parsed []string) {
	all, kept := map[string]bool{}, map[string]bool{}
	for i := range p.Statics {
		target := p.Statics[i].Target
		if name, ok := strings.CutPrefix(target, "Parsed."); ok {
			kept[name] = true
		} else if target != "" {
			all["evt."+target] = true
		}
	}
	for i := range p.Groks {
		expression, err := b.Patterns.Expand(p.Groks[i].Pattern())
		if err != nil {
			continue // check says so
		}
		for _, m := range group.FindAllStringSubmatch(expression, -1) {
			kept[m[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(kept))
}

// readIn names the tests whose asserts name a parser.
func (b *book) readIn(item, name string) []string {
	var out []string
	for i := range b.Tests {
		t := &b.Tests[i]
		if slices.Contains(t.Parsers, item) && strings.Contains(t.ParserAsserts, `"`+name+`"`) {
			out = append(out, t.Name)
		}
	}
	return out
}
