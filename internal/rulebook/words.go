package rulebook

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
)

// table writes a Markdown table.
type table struct{ w *strings.Builder }

func (t table) row(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(oneLine(c), "|", `\|`)
	}
	t.w.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func (t table) line(n int) { t.w.WriteString(strings.Repeat("| --- ", n) + "|\n") }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// code quotes text of a rule: nothing in it may be read as Markdown.
func code(s string) string {
	s = oneLine(s)
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}

func coded(list []string) []string {
	var out []string
	for _, s := range list {
		out = append(out, code(s))
	}
	return out
}

// sentence begins with a capital and ends with a full stop. Of prose, only what would be HTML is escaped.
func sentence(s string) string {
	s = plain(upper(oneLine(s)))
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// plain keeps prose from being read as HTML or as a link.
func plain(s string) string {
	return strings.NewReplacer("<", "&lt;", "](", "]\\(").Replace(s)
}

func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if first, _, _ := strings.Cut(s, " "); n == 0 || first != strings.ToLower(first) {
		return s // nothing, or a name such as sshD
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

func and(list []string) string {
	if n := len(list) - 1; n > 0 {
		return strings.Join(list[:n], ", ") + " and " + list[n]
	}
	return strings.Join(list, "")
}

func count(n int, what string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// nth is 1st, 2nd, 3rd, 4th ...
func nth(n int) string {
	end := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	return strconv.Itoa(n) + end
}

// span is a duration as people write it: 90 s is 1 min 30 s.
func span(d time.Duration) string {
	if d%time.Second != 0 || d <= 0 {
		return d.String()
	}
	var out []string
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / u.of; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, u.name))
			d %= u.of
		}
	}
	return strings.Join(out, " ")
}

// remark is the comment above a document, as Markdown: an empty comment line parts paragraphs, an indented one stays a
// line of its own.
func remark(f *rule.File, at diag.Place) string {
	lines := strings.Split(string(f.Text), "\n")
	if at.Line < 1 || at.Line > len(lines) {
		return ""
	}
	first := at.Line - 1
	for first > 0 && strings.HasPrefix(lines[first-1], "#") {
		first--
	}
	var b strings.Builder
	fixed := false
	for _, l := range lines[first : at.Line-1] {
		l = strings.TrimPrefix(strings.TrimRight(l, " \r"), "#")
		if strings.Contains(l, "lint:") {
			continue
		}
		text := strings.TrimSpace(l)
		indented := strings.HasPrefix(l, "  ") && text != ""
		switch {
		case indented && !fixed:
			if !strings.HasSuffix(b.String(), "\n\n") {
				b.WriteString("\n")
			}
			b.WriteString("```text\n")
		case !indented && fixed:
			b.WriteString("```\n")
			if text != "" {
				b.WriteString("\n")
			}
		}
		if fixed = indented; fixed {
			text = strings.TrimPrefix(l, "  ")
		} else {
			text = plain(text)
		}
		b.WriteString(text + "\n")
	}
	if fixed {
		b.WriteString("```\n")
	}
	return strings.TrimSpace(b.String())
}
