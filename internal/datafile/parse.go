package datafile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"strings"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
)

// maxProgram is the largest compiled regular expression, in instructions: 64 MiB of nested repeats must not be built to
// find that they are too many.
const maxProgram = 100_000

// parse fills the file from its text. Each bad line is a warning and left out.
func (f *file) parse(display, text string, problems *diag.List) {
	text = strings.TrimPrefix(text, "\ufeff")
	number, kept := 0, 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		at := diag.Place{File: display, Line: number}
		line = strings.TrimSuffix(line, "\r")
		if line == "" || line[0] == '#' {
			continue
		}
		if kept++; kept > MaxLines {
			problems.Warnf(at, "split the file", "the data file has more than %d lines; the rest is left out", MaxLines)
			return
		}
		if err := f.add(line); err != nil {
			problems.Warnf(at, "correct it or remove it; the other lines are used", "%v", err)
		}
	}
}

// add takes one line in.
func (f *file) add(line string) error {
	switch f.kind {
	case rule.DataString:
		f.lines = append(f.lines, line)
	case rule.DataRegexp:
		re, err := compile(line)
		if err != nil {
			return err
		}
		f.regexps = append(f.regexps, re)
	case rule.DataMap:
		m, err := mapLine(line)
		if err != nil {
			return err
		}
		f.maps = append(f.maps, m)
	case rule.DataBots:
		b, err := botLine(line)
		if err != nil {
			return err
		}
		f.bots = append(f.bots, b)
	case rule.DataFile: // never loaded
	}
	return nil
}

// compile makes a regular expression within the limits on its text and its program.
func compile(text string) (*regexp.Regexp, error) {
	if len(text) > cond.MaxRegexp {
		return nil, fmt.Errorf("the regular expression has %d bytes; the limit is %d", len(text), cond.MaxRegexp)
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		if se, ok := errors.AsType[*syntax.Error](err); ok {
			return nil, fmt.Errorf("the regular expression is not valid: %s: %q", se.Code, se.Expr)
		}
		return nil, fmt.Errorf("the regular expression is not valid: %w", err)
	}
	if program(tree) > maxProgram {
		return nil, fmt.Errorf("the regular expression %.80q is too large: its repeats unfold to more than %d steps", text, maxProgram)
	}
	return regexp.Compile(text)
}

// program estimates from above how many instructions an expression compiles to. The parser bounds its depth.
func program(re *syntax.Regexp) int {
	n := 2
	switch re.Op {
	case syntax.OpLiteral:
		n += len(re.Rune)
	case syntax.OpCharClass:
		n += len(re.Rune) / 64 // one instruction, but a big one
	}
	for _, sub := range re.Sub {
		n += program(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return min(n, maxProgram+1)
}

// mapLine reads {"pattern": …, "tag": …, "type": …}; further keys are kept.
func mapLine(line string) (map[string]string, error) {
	var m map[string]string
	if err := json.Unmarshal([]byte(line), &m); err != nil || m == nil {
		return nil, errors.New(`the line is not a JSON object whose values are strings, for example {"pattern": "/x", "tag": "x", "type": "equals"}`)
	}
	for _, key := range [...]string{"pattern", "tag", "type"} {
		if m[key] == "" {
			return nil, fmt.Errorf("the entry has no %q", key)
		}
	}
	switch m["type"] {
	case "equals", "contains":
	case "regex":
		if _, err := compile(m["pattern"]); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("the entry has the type %q; it is equals, contains or regex", m["type"])
	}
	return m, nil
}

// texts is a string or a list of strings.
type texts []string

func (t *texts) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		if one != "" {
			*t = texts{one}
		}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

// botLine reads one robot. Unknown keys are refused: a misspelt one would let more pass than was meant.
func botLine(line string) (cond.Bot, error) {
	var in struct {
		Name      string   `json:"name"`
		IPs       []string `json:"ips"`
		Ranges    []string `json:"ranges"`
		RDNS      texts    `json:"rdns"`
		UserAgent texts    `json:"user_agent"`
		Paths     texts    `json:"paths"`
	}
	dec := json.NewDecoder(strings.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return cond.Bot{}, fmt.Errorf("the line does not describe a robot: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if rest, err := io.ReadAll(dec.Buffered()); err == nil && len(bytes.TrimSpace(rest)) > 0 {
		return cond.Bot{}, errors.New("something follows the robot on its line")
	}
	if in.Name == "" {
		return cond.Bot{}, errors.New(`the robot has no "name"`)
	}
	if len(in.IPs)+len(in.Ranges)+len(in.RDNS) == 0 {
		return cond.Bot{}, fmt.Errorf(`the robot %q has neither "ips" nor "ranges" nor "rdns": anybody could say to be it`, in.Name)
	}
	bot := cond.Bot{Name: in.Name}
	for _, text := range append(in.IPs, in.Ranges...) {
		p, err := prefix(text)
		if err != nil {
			return cond.Bot{}, fmt.Errorf("the robot %q: %w", in.Name, err)
		}
		bot.Prefixes = append(bot.Prefixes, p)
	}
	for _, list := range [...]struct {
		from texts
		to   *[]*regexp.Regexp
	}{{in.RDNS, &bot.RDNS}, {in.UserAgent, &bot.UserAgent}, {in.Paths, &bot.Paths}} {
		for _, text := range list.from {
			re, err := compile("(?i)" + text)
			if err != nil {
				return cond.Bot{}, fmt.Errorf("the robot %q: %w", in.Name, err)
			}
			*list.to = append(*list.to, re)
		}
	}
	return bot, nil
}

// prefix reads an address or a prefix and masks it.
func prefix(text string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a range", text)
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), nil
}
