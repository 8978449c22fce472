package diag_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tocsin.example/internal/diag"
)

func TestPlace(t *testing.T) {
	f := func(p diag.Place, want string) {
		t.Helper()
		if got := p.String(); got != want {
			t.Errorf("%#v is %q, want %q", p, got, want)
		}
	}
	f(diag.Place{"a.yaml", 2, 3}, "a.yaml:2:3")
	f(diag.Place{"a.yaml", 2, 0}, "a.yaml:2")
	f(diag.Place{"a.yaml", 0, 3}, "a.yaml")
	f(diag.Place{"", 2, 3}, "2:3")
	f(diag.Place{}, "")
}

func TestDetail(t *testing.T) {
	f := func(p diag.Problem, want string) {
		t.Helper()
		p.What = "no"
		if got := p.Detail(); got != want {
			t.Errorf("detail is\n%s\nwant\n%s", got, want)
		}
	}
	at := func(line, col int) diag.Place { return diag.Place{File: "a", Line: line, Col: col} }
	f(diag.Problem{}, "no")
	f(diag.Problem{Place: at(1, 1), Hint: "do"}, "a:1:1: no (do)")
	f(diag.Problem{Place: at(12, 3), Quote: "\té\x1bx", Severity: diag.Warning}, "a:12:3: warning: no\n    12 |  é\ufffdx\n       |   ^")
	f(diag.Problem{Place: at(1, 0), Quote: "x"}, "a:1: no\n    1 | x")
	f(diag.Problem{Place: at(1, 2), Quote: "x"}, "a:1:2: no\n    1 | x\n      |  ^") // behind the end
	f(diag.Problem{Place: at(1, 9), Quote: "x"}, "a:1:9: no\n    1 | x")
	f(diag.Problem{Place: at(1, 9), Quote: "xyz", QuoteCol: 8}, "a:1:9: no\n    1 | …xyz\n      |   ^")
	long := strings.Repeat("é", 300)
	f(diag.Problem{Place: at(1, 1), Quote: long}, "a:1:1: no\n    1 | "+long[:200]+"…\n      | ^")
	f(diag.Problem{Place: at(1, 301), Quote: long}, "a:1:301: no\n    1 | …"+long[:200]+"\n      | "+strings.Repeat(" ", 101)+"^")
	f(diag.Problem{Place: at(1, 151), Quote: long}, "a:1:151: no\n    1 | …"+long[:200]+"…\n      | "+strings.Repeat(" ", 51)+"^")
}

func TestListOrder(t *testing.T) {
	var l diag.List
	at := func(file string, line, col int) diag.Place { return diag.Place{File: file, Line: line, Col: col} }
	l.Errorf(at("b", 1, 1), "", "last")
	l.Warnf(at("a", 2, 1), "do", "third")
	l.Errorf(at("a", 1, 9), "", "second %d", 2)
	l.Errorf(at("a", 1, 2), "", "first")
	l.Errorf(at("a", 1, 2), "", "and next to it")
	l.Errorf(at("a", 1, 2), "", "first")
	if l.Errors() != 4 || l.Warnings() != 1 || l.Dropped() != 0 {
		t.Errorf("%d errors, %d warnings, %d dropped", l.Errors(), l.Warnings(), l.Dropped())
	}
	var lines []string
	for _, p := range l.Problems() {
		lines = append(lines, p.Error())
	}
	want := "a:1:2: first\na:1:2: and next to it\na:1:9: second 2\na:2:1: warning: third (do)\nb:1:1: last"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("problems:\n%s\nwant:\n%s", got, want)
	}
	err := l.Err()
	if want := "a:1:2: first\na:1:2: and next to it\na:1:9: second 2\nb:1:1: last"; err == nil || err.Error() != want {
		t.Errorf("error: %v", err)
	}
	if p, ok := errors.AsType[diag.Problem](err); !ok || p.What != "first" {
		t.Errorf("the first problem in the error is %v", p)
	}
}

func TestListErr(t *testing.T) {
	var l diag.List
	if l.Err() != nil || len(l.Problems()) != 0 {
		t.Error("an empty list is an error")
	}
	l.Warnf(diag.Place{}, "", "odd")
	if l.Err() != nil {
		t.Errorf("a warning is an error: %v", l.Err())
	}
}

func TestListFull(t *testing.T) {
	fill := func(errors, warnings int) *diag.List {
		var l diag.List
		for i := range warnings {
			l.Warnf(diag.Place{Line: i + 1}, "", "warning")
		}
		for i := range errors {
			l.Errorf(diag.Place{Line: i + 1}, "", "error")
		}
		return &l
	}
	f := func(l *diag.List, errors, warnings, dropped, kept int) {
		t.Helper()
		got := fmt.Sprint(l.Errors(), l.Warnings(), l.Dropped(), len(l.Problems()))
		if want := fmt.Sprint(errors, warnings, dropped, kept); got != want {
			t.Errorf("errors, warnings, dropped, kept: %s, want %s", got, want)
		}
	}
	f(fill(diag.Max+5, 0), diag.Max+5, 0, 5, diag.Max)
	f(fill(0, diag.Max+5), 0, diag.Max+5, 5, diag.Max)
	l := fill(1, diag.Max+5) // the error must not be lost behind warnings
	f(l, 1, diag.Max+5, 6, diag.Max)
	if err := l.Err(); err == nil || err.Error() != "1: error" {
		t.Errorf("error of a list full of warnings: %v", err)
	}
	if err := fill(diag.Max+2, 0).Err(); !strings.HasSuffix(err.Error(), "\nand 2 more") {
		t.Error("the error does not count what it left out")
	}
	var sum diag.List
	sum.Merge(fill(3, 4))
	sum.Merge(fill(3, 5)) // but for one all of it is there
	f(&sum, 3, 5, 0, 8)
	sum.Merge(fill(diag.Max+7, 0))
	f(&sum, diag.Max+7, 5, 12, diag.Max)
}
