package hub

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
)

// walk makes an index from the folders of the types. A file's first document gives its name and, in a collection, its
// members.
func (h *Hub) walk(problems *diag.List) error {
	found := 0
	for _, t := range rule.Types() {
		found += h.walkType(t, problems)
	}
	if found == 0 {
		return diag.Problem{
			Place: diag.Place{File: h.prefix}, What: "there is neither an index nor a folder of rules",
			Hint: "name the folder that holds parsers, scenarios and collections",
		}
	}
	return nil
}

// walkType adds the files of one type and returns how many there are.
func (h *Hub) walkType(t rule.Type, problems *diag.List) int {
	n := 0
	_ = fs.WalkDir(h.fsys, string(t), func(p string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // a hub need not have every type
		case err != nil:
			problems.Errorf(diag.Place{File: h.display(p)}, "the folder is left out", "list it: %v", cause(err))
			return fs.SkipDir
		case e.IsDir() && (strings.HasPrefix(e.Name(), ".") || strings.Count(p, "/") > maxDepth):
			return fs.SkipDir
		case e.IsDir() || strings.HasPrefix(e.Name(), ".") || !yamlName(p) || !h.regular(p, e):
			return nil
		}
		if n++; n > MaxItems {
			return fs.SkipAll // add says so
		}
		it, err := h.local(p)
		if err != nil {
			problems.Errorf(diag.Place{File: h.display(p)}, "the file is left out", "%v", err)
			return nil
		}
		h.add(it, diag.Place{File: h.display(p)}, problems)
		return nil
	})
	return n
}

// regular reports whether a file is one, through a link too: that the link stays inside is the FS's part.
func (h *Hub) regular(p string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.Type().IsRegular()
	}
	info, err := fs.Stat(h.fsys, p)
	return err == nil && info.Mode().IsRegular()
}

// head is what a file says about itself. All its other keys are somebody else's.
type head struct {
	Name        string   `yaml:"name"`
	Author      string   `yaml:"author"`
	Description string   `yaml:"description"`
	Labels      diag.Raw `yaml:"labels"`

	Parsers       []string `yaml:"parsers"`
	Postoverflows []string `yaml:"postoverflows"`
	Scenarios     []string `yaml:"scenarios"`
	Contexts      []string `yaml:"contexts"`
	AppsecConfigs []string `yaml:"appsec-configs"`
	AppsecRules   []string `yaml:"appsec-rules"`
	Collections   []string `yaml:"collections"`
}

// local makes an item of a file that no index knows. p is a path in the hub whose last type folder counts, so that a
// test's own rules, in .tests/x/parsers/s01-parse, have a type and a stage too.
func (h *Hub) local(p string) (*Item, error) {
	text, err := h.read(p, MaxFileSize)
	if err != nil {
		return nil, err
	}
	t, stage, ok := typeWithin(p)
	if !ok {
		return nil, errors.New("the file is in no folder of a type of rules")
	}
	it := &Item{Type: t, Path: p, Stage: stage, Local: true}
	var ignored diag.List // whoever compiles the file reports its faults
	docs := diag.Documents(h.display(p), text, diag.Foreign, &ignored)
	if len(docs) > 0 {
		var in head
		docs[0].Decode(&in)
		it.Name, it.Author, it.Description = in.Name, in.Author, in.Description
		it.Labels, _ = in.Labels.Any().(map[string]any)
		it.members(map[rule.Type][]string{
			rule.Parser: in.Parsers, rule.Postoverflow: in.Postoverflows, rule.Scenario: in.Scenarios, rule.Context: in.Contexts,
			rule.AppsecConfig: in.AppsecConfigs, rule.AppsecRule: in.AppsecRules, rule.Collection: in.Collections,
		})
	}
	if checkName(it.Name) != nil {
		it.Name = path.Base(p)
	}
	return it, nil
}

// typeWithin returns type and stage by the last type folder in a path.
func typeWithin(p string) (rule.Type, string, bool) {
	parts := strings.Split(p, "/")
	for i := range slices.Backward(parts) {
		if t, stage, ok := typeOf(strings.Join(parts[i:], "/")); ok {
			return t, stage, true
		}
	}
	return "", "", false
}
