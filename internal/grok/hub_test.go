package grok_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/testx"
)

// hubNode is what matters here of a parser node.
type hubNode struct {
	Name   string     `yaml:"name"`
	Syntax diag.Pairs `yaml:"pattern_syntax"`
	Grok   struct {
		Pattern string `yaml:"pattern"`
		Name    string `yaml:"name"`
		ApplyOn string `yaml:"apply_on"`
	} `yaml:"grok"`
	Nodes []hubNode `yaml:"nodes"`
}

// hubFiles calls f with the documents of each parser and postoverflow of the hub.
func hubFiles(t testing.TB, f func(file string, nodes []hubNode)) {
	t.Helper()
	hub := filepath.Join(testx.Corpora(t), "hub")
	for _, kind := range []string{"parsers", "postoverflows"} {
		err := filepath.WalkDir(filepath.Join(hub, kind), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(path) != ".yaml" && filepath.Ext(path) != ".yml" {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			var problems diag.List
			var nodes []hubNode
			for _, d := range diag.Documents(path, text, diag.Foreign, &problems) {
				var n hubNode
				if !d.Decode(&n) {
					t.Errorf("%s: %v", path, problems.Err())
				}
				nodes = append(nodes, n)
			}
			f(path, nodes)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// each calls f for n and all nodes in it, parents first.
func each(n hubNode, f func(hubNode)) {
	f(n)
	for _, child := range n.Nodes {
		each(child, f)
	}
}

// hubPatterns calls f with each grok pattern of the hub and lib with what the pattern's file defines.
func hubPatterns(t testing.TB, lib *grok.Library, f func(file string, lib *grok.Library, pattern string)) {
	t.Helper()
	hubFiles(t, func(file string, nodes []hubNode) {
		own := lib.Clone()
		for _, top := range nodes {
			each(top, func(n hubNode) {
				for _, p := range n.Syntax {
					own.Define(p.Key, p.Value.Value, p.KeyPlace)
					if _, shadowed := lib.Lookup(p.Key); shadowed {
						t.Errorf("%s: the library has %s, which hides the definition here", file, p.Key)
					}
				}
				pattern := n.Grok.Pattern
				if n.Grok.Name != "" {
					pattern = "%{" + n.Grok.Name + "}"
				}
				if pattern != "" {
					f(file, own, pattern)
				}
			})
		}
	})
}

// Every grok pattern of the hub compiles with the shipped library and what its own file defines, and has a plan.
func TestHubCompiles(t *testing.T) {
	lib, patterns := shipped(t), 0
	lib.SetEngine(grok.Fast())
	hubPatterns(t, lib, func(file string, own *grok.Library, pattern string) {
		patterns++
		p, err := own.Compile(pattern)
		if err != nil {
			t.Errorf("%s: %s: %v", file, pattern, err)
			return
		}
		if name, why := p.EngineName(); name != "plan" {
			t.Errorf("%s: %s: runs on %s: %s", file, pattern, name, why)
		}
	})
	if patterns < 290 {
		t.Errorf("only %d patterns in the hub: is it read as it should?", patterns)
	}
}
