package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"tocsin.example/bench/gen"
	"tocsin.example/internal/app"
	"tocsin.example/internal/diag"
)

// baseline is the measure of all cases: Go's regexp with the pattern of the hub's nginx parser, captures included, on
// made-up nginx lines.
type baseline struct {
	re    *regexp.Regexp
	lines []string
	size  int // of the expression in bytes
}

// newBaseline takes the access log's pattern from the hub.
func newBaseline(l *lab) (*baseline, error) {
	file := filepath.Join(l.hub, "parsers", "s01-parse", "crowdsecurity", "nginx-logs.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Syntax map[string]string `yaml:"pattern_syntax"`
		Nodes  []struct {
			Grok struct {
				Pattern string `yaml:"pattern"`
			} `yaml:"grok"`
		} `yaml:"nodes"`
	}
	var problems diag.List
	docs := diag.Documents(file, text, diag.Foreign, &problems)
	if len(docs) == 0 {
		return nil, fmt.Errorf("%s is empty", file)
	}
	docs[0].Decode(&doc)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if len(doc.Nodes) == 0 || doc.Nodes[0].Grok.Pattern == "" {
		return nil, fmt.Errorf("%s has no pattern in its first node", file)
	}
	lib, err := app.Patterns()
	if err != nil {
		return nil, err
	}
	for name, pattern := range doc.Syntax {
		lib.Define(name, pattern, diag.Place{File: file})
	}
	p, err := lib.Compile(doc.Nodes[0].Grok.Pattern)
	if err != nil {
		return nil, err
	}
	b := &baseline{size: len(p.Expanded())}
	if b.re, err = regexp.Compile(p.Expanded()); err != nil {
		return nil, err
	}
	n := reLines
	if l.quick {
		n = 200
	}
	path, err := l.log(gen.Nginx, n)
	if err != nil {
		return nil, err
	}
	log, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	b.lines = strings.Split(strings.TrimSuffix(string(log), "\n"), "\n")
	return b, nil
}

// run matches all lines once, and returns the processor time of a line in seconds.
func (b *baseline) run() (float64, error) {
	runtime.GC()
	before := usage()
	hits := 0
	for _, line := range b.lines {
		if b.re.FindStringSubmatchIndex(line) != nil {
			hits++
		}
	}
	took := usage() - before
	if hits < len(b.lines)*9/10 {
		return 0, errors.New("the hub's pattern does not match the made-up lines: nothing is measured")
	}
	return took / float64(len(b.lines)), nil
}
