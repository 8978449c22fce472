// Package rulebook writes pages about rules for people: of each collection what its parsers read and set, and when its
// scenarios fire and when not, in words made of the rules' numbers and comments. It judges nothing; package lint does.
// Start from [Pages].
package rulebook

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"tocsin.example/internal/bucket"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/hub"
	"tocsin.example/internal/hubtest"
	"tocsin.example/internal/parse"
	"tocsin.example/internal/rule"
)

// Options are what pages are written of.
type Options struct {
	Hub      *hub.Hub
	Tests    []hubtest.Survey
	Patterns *grok.Library // patterns of the rules are added to it
	// Up leads from the pages' folder to the hub's: "../../rules".
	Up string
}

// Index is the name of the page that lists the others.
const Index = "README.md"

// mark begins every page.
const mark = "<!-- `make gen` writes this page of the rules; change those. -->\n\n"

// book is the pages under way.
type book struct {
	Options

	parsers   map[string][]*parse.Survey // by item
	scenarios map[string][]*bucket.Survey
	out       map[string]string
}

// Pages writes a page for each collection, and the index, by file name. The error names rules that cannot be read.
func Pages(o Options) (map[string]string, error) {
	b := &book{Options: o, parsers: map[string][]*parse.Survey{}, scenarios: map[string][]*bucket.Survey{}, out: map[string]string{}}
	if err := b.read(); err != nil {
		return nil, err
	}
	for c := range b.Hub.Items(rule.Collection) {
		name := b.page(c)
		if other := b.out[name]; other != "" || name == Index {
			return nil, fmt.Errorf("two collections have the page %s", name)
		}
		b.out[name] = b.collection(c)
	}
	b.out[Index] = b.index()
	return b.out, nil
}

// read decodes all parsers and scenarios of the hub.
func (b *book) read() error {
	var problems diag.List
	for it := range b.Hub.Items(rule.Parser) {
		f, err := b.Hub.File(it)
		if err != nil {
			return err
		}
		f.Path = it.Path
		for _, d := range parse.Decode([]rule.File{f}, diag.Foreign, &problems) {
			if s, ok := d.Survey(); ok {
				b.parsers[it.Name] = append(b.parsers[it.Name], s)
				for _, p := range s.Patterns {
					b.Patterns.Define(p.Key, p.Value.Value, p.KeyPlace)
				}
			}
		}
	}
	for it := range b.Hub.Items(rule.Scenario) {
		f, err := b.Hub.File(it)
		if err != nil {
			return err
		}
		f.Path = it.Path
		for _, d := range bucket.Decode([]rule.File{f}, diag.Foreign, &problems) {
			if s, ok := d.Survey(); ok {
				b.scenarios[it.Name] = append(b.scenarios[it.Name], s)
			}
		}
	}
	return problems.Err()
}

// page names the page of a collection: its name without the author.
func (b *book) page(c *hub.Item) string { return path.Base(c.Name) + ".md" }

// titled splits a collection's description, "OpenSSH - password guessing", in title and rest.
func titled(c *hub.Item) (title, rest string) {
	title, rest, ok := strings.Cut(c.Description, " - ")
	if !ok || len(title) > 60 {
		return path.Base(c.Name), c.Description
	}
	return title, rest
}

// index lists the collections.
func (b *book) index() string {
	var w strings.Builder
	w.WriteString(mark + "# The rules in the box\n\nOne page a collection: what is read, what is found, when it fires and when not, and which tests hold it to that.\n" +
		"[rules.md](../rules.md) says what goes for all, [writing.md](writing.md) how to write a rule.\n\n")
	t := table{&w}
	t.row("page", "collection", "reads", "finds")
	t.line(4)
	for c := range b.Hub.Items(rule.Collection) {
		title, rest := titled(c)
		t.row(fmt.Sprintf("[%s](%s)", title, b.page(c)), code(c.Name), count(len(b.members(c, rule.Parser)), "parser"), sentence(rest))
	}
	if loose := b.loose(); len(loose) > 0 {
		fmt.Fprintf(&w, "\nIn no collection: %s.\n", strings.Join(loose, ", "))
	}
	return w.String()
}

// loose lists the parsers and scenarios that no collection names.
func (b *book) loose() []string {
	var out []string
	for _, t := range []rule.Type{rule.Parser, rule.Scenario} {
		named := map[string]bool{}
		for c := range b.Hub.Items(rule.Collection) {
			for _, m := range c.Members[t] {
				named[m] = true
			}
		}
		for it := range b.Hub.Items(t) {
			if !named[it.Name] {
				out = append(out, code(it.Name))
			}
		}
	}
	return out
}

// collection writes the page of one.
func (b *book) collection(c *hub.Item) string {
	var w strings.Builder
	title, rest := titled(c)
	fmt.Fprintf(&w, "%s# %s\n\n%s\n\n", mark, title, sentence(rest))
	fmt.Fprintf(&w, "The collection is %s", code(c.Name))
	if links := b.links(c.Members[rule.Collection]); len(links) > 0 {
		fmt.Fprintf(&w, "; it brings along %s", and(links))
	}
	w.WriteString(".\n")
	parsers := b.members(c, rule.Parser)
	if len(parsers) > 0 {
		w.WriteString("\n## What is read\n")
	}
	for _, name := range parsers {
		for _, p := range b.parsers[name] {
			b.parser(&w, name, p)
		}
	}
	scenarios := b.members(c, rule.Scenario)
	if len(scenarios) > 0 {
		w.WriteString("\n## What is found\n\n")
		b.overview(&w, scenarios)
	}
	for _, name := range scenarios {
		for _, s := range b.scenarios[name] {
			b.scenario(&w, name, s)
		}
	}
	for _, t := range []rule.Type{rule.Postoverflow, rule.Context} {
		if list := c.Members[t]; len(list) > 0 {
			fmt.Fprintf(&w, "\n%s: %s.\n", upper(string(t)), strings.Join(coded(list), ", "))
		}
	}
	return w.String()
}

// members are the items of a type that a collection names and the hub has.
func (b *book) members(c *hub.Item, t rule.Type) []string {
	return slices.DeleteFunc(slices.Clone(c.Members[t]), func(name string) bool {
		_, ok := b.Hub.Find(t, name)
		return !ok
	})
}

// links are links to the pages of collections.
func (b *book) links(names []string) []string {
	var out []string
	for _, name := range names {
		if c, ok := b.Hub.Find(rule.Collection, name); ok {
			title, _ := titled(c)
			out = append(out, fmt.Sprintf("[%s](%s)", title, b.page(c)))
		}
	}
	return out
}

// source links to a rule file.
func (b *book) source(f *rule.File) string {
	return fmt.Sprintf("[%s](%s)", path.Base(f.Path), path.Join(b.Up, f.Path))
}

// tests links to tests.
func (b *book) tests(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, fmt.Sprintf("[%s](%s)", n, path.Join(b.Up, hubtest.Folder, n)))
	}
	return strings.Join(out, ", ")
}
