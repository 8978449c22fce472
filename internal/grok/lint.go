package grok

import (
	"cmp"
	"fmt"
	"slices"
)

// Warning is something about a pattern that compiles but is hardly meant.
type Warning struct {
	Offset int // bytes, in the pattern
	What   string
	Hint   string
}

// Lint returns what is odd about a pattern, in the order of the text: look-alikes of references, which stay literal text;
// fields that are named twice; no field at all. References that do not resolve are for Compile to report.
func (l *Library) Lint(pattern string) []Warning {
	d := &definition{pattern: pattern, scanned: scan(pattern)}
	var all []Warning
	for _, a := range d.alikes {
		all = append(all, Warning{Offset: a.at, What: fmt.Sprintf("`%s`: %s", a.text, a.why), Hint: a.hint})
	}
	all = append(all, l.repeated(d)...)
	if x, _, fail := l.expand(d); fail == nil && len(x.order) == 0 {
		all = append(all, Warning{What: "the pattern has no field and therefore never succeeds", Hint: "write `%{NAME:field}` for what is to be kept"})
	}
	slices.SortStableFunc(all, func(a, b Warning) int { return cmp.Compare(a.Offset, b.Offset) })
	return all
}

// Expand returns the regular expression that Compile would compile, without compiling it: see [Pattern.Expanded].
func (l *Library) Expand(pattern string) (string, error) {
	x, win, fail := l.expand(&definition{pattern: pattern, scanned: scan(pattern)})
	if fail != nil {
		return "", fail
	}
	expression, _ := x.text(win)
	return expression, nil
}

// repeated warns of fields that d fills more than once.
func (l *Library) repeated(d *definition) []Warning {
	var all []Warning
	own := map[string]bool{}
	for _, p := range d.parts {
		if p.field != "" && own[p.field] {
			all = append(all, Warning{
				Offset: p.at, What: fmt.Sprintf("the field %s is named before: the last one counts, even when it takes no part", p.field),
				Hint: "use another name, or one reference to alternatives",
			})
		}
		own[p.field] = true
	}
	within := map[string]string{} // field -> reference that brought it
	for _, p := range d.parts {
		if p.ref == "" || l.defs[p.ref] == nil {
			continue
		}
		x, _, fail := l.expand(l.defs[p.ref])
		if fail != nil {
			continue
		}
		for _, field := range x.order {
			all = append(all, clash(p, field, own[field], within[field])...)
			within[field] = p.ref
		}
	}
	return all
}

// clash warns when a field from within a reference is hidden by one named outside, or hides one from another reference.
func clash(p part, field string, named bool, before string) []Warning {
	if named {
		return []Warning{{
			Offset: p.at, What: fmt.Sprintf("the field %s of %s is hidden by the one named in this pattern", field, p.ref),
			Hint: "use another name if both are wanted",
		}}
	}
	if before != "" {
		return []Warning{{
			Offset: p.at, What: fmt.Sprintf("the field %s comes from %s and again from %s: the last one counts", field, before, p.ref),
			Hint: "name what you want to keep in this pattern",
		}}
	}
	return nil
}
