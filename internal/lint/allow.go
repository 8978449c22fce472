package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
)

// comment is a permission in a rule file: `# lint: allow L001 because ...`. It goes for the line that it ends, or, on a
// line of its own, for the next line that is no comment and for what is indented deeper below that.
type comment struct {
	place    diag.Place
	code     Code
	reason   bool
	from, to int // lines that it goes for
	used     bool
}

var permission = regexp.MustCompile(`(?:^|\s)#\s*lint:\s*allow\s+(L\d+)(?:\s+because\s+(\S.*))?`)

// allow takes away the findings that comments silence, and finds comments that give no reason or silence nothing.
func (l *linter) allow() {
	for _, files := range [][]rule.File{l.Rules.Parsers, l.Rules.Postoverflows, l.Rules.Scenarios} {
		for i := range files {
			l.allowIn(&files[i])
		}
	}
}

func (l *linter) allowIn(f *rule.File) {
	if !strings.Contains(string(f.Text), "lint:") {
		return
	}
	all := comments(f.Path, string(f.Text))
	l.report.Findings = slices.DeleteFunc(l.report.Findings, func(found Finding) bool {
		if found.File != f.Path {
			return false
		}
		for i := range all {
			c := &all[i]
			if c.code == found.Code && c.reason && c.from <= found.Line && found.Line <= c.to {
				c.used = true
				l.report.Allowed++
				return true
			}
		}
		return false
	})
	for _, c := range all {
		var what, hint string
		switch {
		case !c.reason:
			what, hint = fmt.Sprintf("the comment allows %s without a reason", c.code), "write: # lint: allow "+string(c.code)+" because ..."
		case !c.used:
			what, hint = fmt.Sprintf("there is no %s here to allow", c.code), "remove the comment"
		default:
			continue
		}
		l.put(Finding{Code: Comment, Problem: diag.Problem{Place: c.place, What: what, Hint: hint}})
	}
}

// comments lists the permissions in the text of a file.
func comments(file, text string) []comment {
	lines := strings.Split(text, "\n")
	var out []comment
	for i, line := range lines {
		at := permission.FindStringSubmatchIndex(line)
		if at == nil {
			continue
		}
		hash := at[0] + strings.IndexByte(line[at[0]:], '#')
		c := comment{
			place: diag.Place{File: file, Line: i + 1, Col: len([]rune(line[:hash])) + 1},
			code:  Code(line[at[2]:at[3]]), reason: at[4] >= 0, from: i + 1, to: i + 1,
		}
		if strings.TrimSpace(line[:hash]) == "" {
			c.from, c.to = below(lines, i)
		}
		out = append(out, c)
	}
	return out
}

// below returns the lines, from 1, that a comment on a line of its own goes for.
func below(lines []string, at int) (from, to int) {
	next := at + 1
	for next < len(lines) && aside(lines[next]) {
		next++
	}
	if next == len(lines) {
		return at + 1, at + 1
	}
	to = next
	for i := next + 1; i < len(lines) && (aside(lines[i]) || indent(lines[i]) > indent(lines[next])); i++ {
		to = i
	}
	return next + 1, to + 1
}

// aside reports whether a line is empty or a comment.
func aside(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#'
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
