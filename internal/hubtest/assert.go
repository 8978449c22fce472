package hubtest

import (
	"fmt"
	"strings"
	"time"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
)

// maxAsserts bounds the lines of one assert file.
const maxAsserts = 100_000

// verdict is what the asserts of one file came to.
type verdict struct {
	asserts int
	failed  []string // the lines that are false, and the error that ended the file
	ignored int      // lines that are false but that CrowdSec's runner passes over
}

// assertor evaluates assertions over results.
type assertor struct {
	compiler *cond.Compiler
	run      *cond.Run
	results  any
	// inOnly says that a false line without " == " counts as ignored: so it is with scenarios.
	inOnly bool
}

// check evaluates the lines of an assert file. A line that cannot be evaluated ends it.
func (a *assertor) check(name, text string) verdict {
	var v verdict
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if v.asserts++; v.asserts > maxAsserts {
			v.failed = append(v.failed, fmt.Sprintf("%s:%d: more than %d asserts", name, n, maxAsserts))
			return v
		}
		line = basenamed(line)
		ok, err := a.eval(line)
		switch {
		case err != nil:
			v.failed = append(v.failed, fmt.Sprintf("%s:%d: %s: %s", name, n, line, err))
			return v
		case ok:
		case a.passedOver(line):
			v.ignored++
		default:
			v.failed = append(v.failed, fmt.Sprintf("%s:%d: %s%s", name, n, line, a.got(line)))
		}
	}
	return v
}

// basenamed wraps the left side of an assert about datasource_path: the path of the log differs between machines.
func basenamed(line string) string {
	if !strings.Contains(line, "datasource_path") || strings.Contains(line, "basename(") {
		return line
	}
	left, right, ok := strings.Cut(line, " == ")
	if !ok {
		return line
	}
	return "basename(" + left + ") == " + right
}

func (a *assertor) eval(line string) (bool, error) {
	p, err := a.compiler.Compile(cond.KindTest, diag.Plain(line, "assert"), cond.WantBool)
	if err != nil {
		return false, err
	}
	a.run.Begin(time.Time{}) // a budget for each
	return p.Bool(a.run, &cond.Env{Results: a.results})
}

// value evaluates the left side of an assert, for reports.
func (a *assertor) value(line string) (any, error) {
	left, _, _ := strings.Cut(line, " == ")
	p, err := a.compiler.Compile(cond.KindTest, diag.Plain(left, "assert"), cond.WantAny)
	if err != nil {
		return nil, err
	}
	return p.Eval(a.run, &cond.Env{Results: a.results})
}

// passedOver reports whether CrowdSec's runner would not count a false line as a failure.
func (a *assertor) passedOver(line string) bool {
	if a.inOnly && !strings.Contains(line, " == ") {
		return true
	}
	_, err := a.value(line)
	return err != nil
}

func (a *assertor) got(line string) string {
	v, err := a.value(line)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (it is %.200q)", fmt.Sprint(v))
}
