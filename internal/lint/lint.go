// Package lint looks at rules that are sound for what is wrong with them all the same: addresses that a client can forge,
// patterns that match inside other messages, behaviour that no test proves, labels that are missing. It runs nothing and
// reads no files; package check says whether rules are sound. Start from [Run].
package lint

import (
	"cmp"
	"fmt"
	"slices"

	"tocsin.example/internal/bucket"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/hubtest"
	"tocsin.example/internal/parse"
	"tocsin.example/internal/rule"
)

// Code names a kind of finding. Rules are allowed one by a comment that names it.
type Code string

// The codes. docs/rules/lint.md says more of each.
const (
	// Forged is a source that a client can write: the capture has two places in one text.
	Forged Code = "L001"
	// Unanchored is a pattern of a source's parser that does not begin where its text begins.
	Unanchored Code = "L002"
	// Unjudged is a pattern too large to tell whether its source can be forged.
	Unjudged Code = "L003"
	// NoNegative is a scenario of which no test says that it stays quiet.
	NoNegative Code = "L004"
	// Untested is a parser or scenario of which no test says what it does.
	Untested Code = "L005"
	// Unlabelled is a scenario whose labels are not all there.
	Unlabelled Code = "L006"
	// Undescribed is a parser without a description.
	Undescribed Code = "L007"
	// Slow is a pattern or expression that does not run on the fast engine: a note.
	Slow Code = "L008"
	// Comment is a comment for this package that says no reason, or allows what is not found.
	Comment Code = "L009"
)

// Codes lists all codes in order.
func Codes() []Code {
	return []Code{Forged, Unanchored, Unjudged, NoNegative, Untested, Unlabelled, Undescribed, Slow, Comment}
}

// Finding is one thing that is wrong.
type Finding struct { //nolint:errname // it is a finding first, as the problem in it
	diag.Problem

	Code Code
	Rule string // name of the document
	// Note is set for what need not be mended.
	Note bool
	// Witness proves that a source can be forged; nil for other findings.
	Witness *Witness
}

// Options are what is looked at. Rules were loaded before: their patterns are in the library.
type Options struct {
	Rules detect.Rules
	// Costs say what the rules run on.
	Costs []rule.Cost
	// Tests are those of the rules' hub.
	Tests []hubtest.Survey
}

// Report is what was found.
type Report struct {
	// Findings are sorted by place.
	Findings []Finding
	// Dropped counts the findings that were too many to keep.
	Dropped int
	// Allowed counts the findings that comments silence.
	Allowed int
	// Judged counts the captures whose place was judged.
	Judged int
}

// Open counts the findings that are no notes.
func (r *Report) Open() int {
	n := 0
	for i := range r.Findings {
		if !r.Findings[i].Note {
			n++
		}
	}
	return n
}

// maxFindings bounds the findings that are kept.
const maxFindings = 10_000

// linter is one look.
type linter struct {
	Options

	parsers   []*parse.Survey
	scenarios []*bucket.Survey
	judged    map[judgement]judged
	report    Report
}

// Run looks at rules. Documents with faults in their YAML are left out; package check reports them.
func Run(o Options) *Report {
	l := &linter{Options: o, judged: map[judgement]judged{}}
	var known diag.List
	for _, d := range parse.Decode(o.Rules.Parsers, o.Rules.Mode, &known) {
		if s, ok := d.Survey(); ok {
			l.parsers = append(l.parsers, s)
		}
	}
	for _, d := range bucket.Decode(o.Rules.Scenarios, o.Rules.Mode, &known) {
		if s, ok := d.Survey(); ok {
			l.scenarios = append(l.scenarios, s)
		}
	}
	l.sources()
	l.tests()
	l.labels()
	l.slow()
	l.allow()
	slices.SortStableFunc(l.report.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Code, b.Code))
	})
	return &l.report
}

// add takes a finding in at a text of a rule.
func (l *linter) add(code Code, rule string, at diag.Text, offset int, hint, format string, args ...any) {
	l.put(Finding{Code: code, Rule: rule, Problem: at.Problem(offset, hint, "%s", fmt.Sprintf(format, args...))})
}

func (l *linter) put(f Finding) {
	if len(l.report.Findings) == maxFindings {
		l.report.Dropped++
		return
	}
	f.Severity, f.What = diag.Warning, string(f.Code)+" "+f.What
	l.report.Findings = append(l.report.Findings, f)
}

// labels finds what scenarios and parsers do not say of themselves.
func (l *linter) labels() {
	for _, s := range l.scenarios {
		var missing []string
		for _, key := range []string{"service", "behavior", "label", "confidence", "spoofable", "remediation"} {
			if v, ok := s.Labels[key]; !ok || v == nil || v == "" {
				missing = append(missing, key)
			}
		}
		if len(missing) > 0 {
			l.add(Unlabelled, s.Name.Value, s.Name, 0, "add them under labels:", "labels are missing: %s", list(missing))
		}
		for _, key := range []string{"confidence", "spoofable"} {
			v, ok := s.Labels[key]
			if n, is := v.(int); ok && (!is || n < 0 || n > 3) {
				l.add(Unlabelled, s.Name.Value, s.Name, 0, "write a number from 0 to 3", "the label %s is %v", key, v)
			}
		}
	}
	for _, p := range l.parsers {
		if p.Description.Value == "" {
			l.add(Undescribed, p.Name.Value, p.Name, 0, "write description: and what it reads", "the parser has no description")
		}
	}
}

// slow notes what does not run on the fast engine.
func (l *linter) slow() {
	for i := range l.Costs {
		c := &l.Costs[i]
		if c.Slow() {
			l.put(Finding{Code: Slow, Rule: c.Rule, Note: true, Problem: diag.Problem{
				Place: c.At, What: fmt.Sprintf("%s runs on the slow engine: %s", c.Part, c.Why), Hint: "see tocsin check --cost",
			}})
		}
	}
}
