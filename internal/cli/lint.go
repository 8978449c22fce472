package cli

import (
	"fmt"
	"strings"

	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/lint"
)

type lintJSON struct {
	Findings []findingJSON `json:"findings"`
	// Allowed counts the findings that comments silence, Judged the captures that were judged.
	Allowed int `json:"allowed"`
	Judged  int `json:"judged"`
}

type findingJSON struct {
	File    string       `json:"file"`
	Line    int          `json:"line"`
	Column  int          `json:"column"`
	Code    string       `json:"code"`
	Rule    string       `json:"rule,omitempty"`
	What    string       `json:"what"`
	Hint    string       `json:"hint,omitempty"`
	Note    bool         `json:"note,omitempty"`
	Witness *witnessJSON `json:"witness,omitempty"`
}

type witnessJSON struct {
	Text string `json:"text"`
	// Readings are the two addresses, At where they begin in the text, in bytes. Taken is what the engine captures.
	Readings [2]string `json:"readings"`
	At       [2]int    `json:"at"`
	Taken    string    `json:"taken"`
}

func lintOf(r *lint.Report) *lintJSON {
	if r == nil {
		return nil
	}
	out := &lintJSON{Findings: make([]findingJSON, 0, len(r.Findings)), Allowed: r.Allowed, Judged: r.Judged}
	for i := range r.Findings {
		f := &r.Findings[i]
		j := findingJSON{
			File: f.File, Line: f.Line, Column: f.Col, Code: string(f.Code), Rule: f.Rule, What: f.What, Hint: f.Hint, Note: f.Note,
		}
		if w := f.Witness; w != nil {
			j.Witness = &witnessJSON{Text: w.Text, Readings: w.Readings(), At: [2]int{w.First.From, w.Second.From}, Taken: w.Taken}
		}
		out.Findings = append(out.Findings, j)
	}
	return out
}

func (a *shell) rawLint(r *lint.Report) {
	if r == nil {
		return
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		a.out.Printf("%s\n", f.Error())
	}
}

// showLint shows findings with their proofs, and then how many there are of each code.
func (a *shell) showLint(r *lint.Report) {
	if r == nil {
		return
	}
	counts := map[lint.Code]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		counts[f.Code]++
		tone := render.Warn
		switch {
		case f.Note:
			tone = render.Plain
		case f.Code == lint.Forged:
			tone = render.Bad
		}
		a.showProblem(f.Problem, tone)
		if f.Witness != nil {
			a.out.Printf("    proof: %s\n", f.Witness.String())
		}
	}
	var by strings.Builder
	for _, c := range lint.Codes() {
		if counts[c] > 0 {
			fmt.Fprintf(&by, ", %d %s", counts[c], c)
		}
	}
	a.out.Printf("%d findings, %d notes, %d allowed by comments; %d captures judged%s\n",
		r.Open(), len(r.Findings)-r.Open(), r.Allowed, r.Judged, by.String())
	if r.Dropped > 0 {
		a.out.Printf("%d more findings are not shown\n", r.Dropped)
	}
}
