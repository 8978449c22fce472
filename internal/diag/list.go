package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Max is how many problems a [List] keeps. A file with more is not being mended line by line.
const Max = 1000

// List collects problems. The zero value is ready. It is not for concurrent use; each goroutine fills its own and
// [List.Merge] joins them.
type List struct {
	kept     []Problem
	seen     map[identity]struct{}
	sources  map[string]*source // the texts read last, for quotes
	errors   int
	warnings int
	dropped  int
	spare    int // kept warnings, which an error may push out
}

// identity is what makes two problems the same. The quote follows from the place.
type identity struct {
	place      Place
	severity   Severity
	what, hint string
}

// Add puts a problem on the list. One that is on it already counts once. Above [Max] only the count grows, save that an
// error takes the place of a warning. Where p has no quote, it gets that of the file of this name read last.
func (l *List) Add(p Problem) {
	id := identity{p.Place, p.Severity, p.What, p.Hint}
	if _, dup := l.seen[id]; dup {
		return
	}
	if p.Severity == Warning {
		l.warnings++
	} else {
		l.errors++
	}
	if len(l.kept) >= Max {
		l.dropped++
		if p.Severity == Warning || l.spare == 0 {
			return
		}
		slot := l.lastWarning()
		l.spare--
		old := l.kept[slot]
		delete(l.seen, identity{old.Place, old.Severity, old.What, old.Hint})
		l.kept = slices.Delete(l.kept, slot, slot+1)
	}
	if l.seen == nil {
		l.seen = map[identity]struct{}{}
	}
	l.seen[id] = struct{}{}
	if p.Quote == "" && p.Line > 0 {
		if s := l.sources[p.File]; s != nil {
			p.Quote, p.QuoteCol = s.quote(p.Line, p.Col)
		}
	}
	l.kept = append(l.kept, p)
	if p.Severity == Warning {
		l.spare++
	}
}

func (l *List) lastWarning() int {
	for i, p := range slices.Backward(l.kept) {
		if p.Severity == Warning {
			return i
		}
	}
	return -1
}

// Errorf adds an error. The hint may be "".
func (l *List) Errorf(at Place, hint, format string, args ...any) {
	l.Add(Problem{Place: at, Hint: hint, What: fmt.Sprintf(format, args...)})
}

// Warnf adds a warning. The hint may be "".
func (l *List) Warnf(at Place, hint, format string, args ...any) {
	l.Add(Problem{Place: at, Severity: Warning, Hint: hint, What: fmt.Sprintf(format, args...)})
}

// Problems returns a copy of what is kept, sorted by file, line and column; problems at one place stay in the order in
// which they were found.
func (l *List) Problems() []Problem {
	all := slices.Clone(l.kept)
	slices.SortStableFunc(all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return all
}

// Errors counts the errors, also those that were not kept.
func (l *List) Errors() int { return l.errors }

// Warnings counts the warnings, also those that were not kept.
func (l *List) Warnings() int { return l.warnings }

// Dropped counts the problems that were not kept because there were too many.
func (l *List) Dropped() int { return l.dropped }

// Err returns nil when there is no error on the list, warnings or not. Else its text is that of all errors, one a line,
// and errors.AsType finds the first [Problem] in it.
func (l *List) Err() error {
	if l.errors == 0 {
		return nil
	}
	f := &faults{}
	for _, p := range l.Problems() {
		if p.Severity == Error {
			f.problems = append(f.problems, p)
		}
	}
	f.more = l.errors - len(f.problems)
	return f
}

// Merge adds all that is on o.
func (l *List) Merge(o *List) {
	if o == nil || o == l {
		return
	}
	keptErrors, keptWarnings := 0, 0
	for _, p := range o.kept {
		l.Add(p)
		if p.Severity == Warning {
			keptWarnings++
		} else {
			keptErrors++
		}
	}
	l.errors += o.errors - keptErrors
	l.warnings += o.warnings - keptWarnings
	l.dropped += o.dropped
}

// read makes s the text that quotes for its file name come from.
func (l *List) read(s *source) {
	if l.sources == nil {
		l.sources = map[string]*source{}
	}
	l.sources[s.file] = s
}

// faults is the error of a list.
type faults struct {
	problems []Problem
	more     int
}

func (f *faults) Error() string {
	var b strings.Builder
	for i, p := range f.problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.Error())
	}
	if f.more > 0 {
		fmt.Fprintf(&b, "\nand %d more", f.more)
	}
	return b.String()
}

// Unwrap gives the problems one by one.
func (f *faults) Unwrap() []error {
	all := make([]error, len(f.problems))
	for i, p := range f.problems {
		all[i] = p
	}
	return all
}
