package cond

import (
	"errors"
	"fmt"
	"strings"

	"tocsin.example/internal/diag"
)

// Document compiles the expressions of one rule document and remembers whether anything in it is faulty, so that the
// document can be set aside with all its faults reported.
type Document struct {
	Compiler *Compiler
	Problems *diag.List
	// Failed is whether an error, not only a warning, was reported.
	Failed bool
}

// Fault reports a problem.
func (d *Document) Fault(p diag.Problem) {
	d.Problems.Add(p)
	if p.Severity == diag.Error {
		d.Failed = true
	}
}

// Faultf reports an error.
func (d *Document) Faultf(at diag.Place, hint, format string, args ...any) {
	d.Fault(diag.Problem{Place: at, Hint: hint, What: fmt.Sprintf(format, args...)})
}

// Program compiles an expression, reporting its faults and what will not work in it; nil for an absent or a faulty one.
func (d *Document) Program(kind Kind, src diag.Text, want Want) *Program {
	if strings.TrimSpace(src.Value) == "" {
		return nil
	}
	p, err := d.Compiler.Compile(kind, src, want)
	if err != nil {
		if problem, ok := errors.AsType[diag.Problem](err); ok {
			d.Fault(problem)
		} else {
			d.Fault(src.Problem(0, "", "%s", err))
		}
		return nil
	}
	for _, w := range p.Problems() {
		d.Fault(w)
	}
	return p
}
