package cond

import (
	"regexp"
	"strings"
	"sync"
)

func fileHelpers(h *Host) []*helper {
	f := filesOf(h)
	idx := &indexes{files: f}
	hasLines := func(name string) bool { _, ok := f.Lines(name); return ok }
	hasRegexps := func(name string) bool { _, ok := f.Regexps(name); return ok }
	hasMap := func(name string) bool { _, ok := f.Map(name); return ok }
	return []*helper{
		// The lists are not copied: handing one out costs nothing.
		(&helper{name: "File", types: types(func(*Run, string) []string { return nil }), call: func(params ...any) (any, error) {
			name, err := arg[string]("File", params, 1)
			if err != nil {
				return nil, err
			}
			lines, ok := f.Lines(name)
			if !ok {
				lines = []string{}
			}
			return lines, run(params).charge(16)
		}}).readsFile(1, "string", hasLines),
		fn2("RegexpInFile", func(r *Run, text, name string) (bool, error) {
			all, _ := f.Regexps(name)
			for _, re := range all {
				if err := r.charge(len(text) + 16); err != nil {
					return false, err
				}
				if re.MatchString(text) {
					return true, nil
				}
			}
			return false, nil
		}).readsFile(2, "regexp", hasRegexps),
		fn1("FileMap", func(_ *Run, name string) ([]map[string]string, error) {
			m, ok := f.Map(name)
			if !ok {
				m = []map[string]string{}
			}
			return m, nil
		}).readsFile(1, "map", hasMap),
		fn2("LookupFile", func(r *Run, text, name string) (string, error) {
			m := idx.of(name)
			if m == nil {
				return "", nil
			}
			return m.lookup(r, text)
		}).readsFile(2, "map", hasMap),
	}
}

// filesOf returns the host's files, none when the part is absent.
func filesOf(h *Host) Files {
	if h.Files == nil {
		return noFiles{}
	}
	return h.Files
}

// noFiles stands in for an absent part: every file is missing.
type noFiles struct{}

func (noFiles) Lines(string) ([]string, bool)           { return nil, false }
func (noFiles) Regexps(string) ([]*regexp.Regexp, bool) { return nil, false }
func (noFiles) Map(string) ([]map[string]string, bool)  { return nil, false }
func (noFiles) Bots(string) ([]Bot, bool)               { return nil, false }

// indexes are the map files as LookupFile needs them, made when they are first asked for.
type indexes struct {
	files Files
	made  sync.Map // name to *index
}

// index is one map file by the type of its entries.
type index struct {
	rows     *map[string]string // the first row: another means that the file was loaded again
	size     int
	equals   map[string]string
	contains []pattern
	regexps  []pattern
}

type pattern struct {
	text string
	re   *regexp.Regexp
	tag  string
}

func (x *indexes) of(name string) *index {
	rows, ok := x.files.Map(name)
	if !ok || len(rows) == 0 {
		return nil
	}
	if v, ok := x.made.Load(name); ok {
		if i, _ := v.(*index); i != nil && i.rows == &rows[0] && i.size == len(rows) {
			return i
		}
	}
	i := &index{rows: &rows[0], size: len(rows), equals: map[string]string{}}
	for _, row := range rows {
		p := pattern{text: row["pattern"], tag: row["tag"]}
		switch row["type"] {
		case "equals":
			i.equals[p.text] = p.tag
		case "regex":
			var err error
			if p.re, err = regexp.Compile(p.text); err == nil { // the loader reports those that do not compile
				i.regexps = append(i.regexps, p)
			}
		case "contains":
			i.contains = append(i.contains, p)
		}
	}
	x.made.Store(strings.Clone(name), i) // the name may come from the event
	return i
}

// lookup returns the tag of the entry that equals the text, else of the one that is contained furthest left (of several
// the first in the file), else of the first expression that matches; "" when there is none.
func (x *index) lookup(r *Run, text string) (string, error) {
	if tag, ok := x.equals[text]; ok {
		return tag, nil
	}
	if err := r.charge((len(text)/16 + 16) * len(x.contains)); err != nil {
		return "", err
	}
	at, tag := len(text)+1, ""
	for _, p := range x.contains {
		// What begins at or behind the best place can not win: look only at what begins before it.
		if i := strings.Index(text[:min(len(text), at-1+len(p.text))], p.text); i >= 0 && i < at {
			if at, tag = i, p.tag; at == 0 {
				break
			}
		}
	}
	if at <= len(text) {
		return tag, nil
	}
	for _, p := range x.regexps {
		if err := r.charge(len(text) + 16); err != nil {
			return "", err
		}
		if p.re.MatchString(text) {
			return p.tag, nil
		}
	}
	return "", nil
}
