// Package check reads rule files as the engine would and gathers everything that is wrong with them. It runs nothing.
// Start from [Paths].
package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/rule"
)

// Options say how rules are read.
type Options struct {
	// Mode says whether an unknown key is an error or a warning.
	Mode diag.Mode
	// Host is what the rules may count on.
	Host *cond.Host
	// Patterns is the library that the rules start from.
	Patterns *grok.Library
	// LoadData loads the data files that the rules want; may be nil.
	LoadData func(wanted []rule.Data, problems *diag.List)
	// Cost asks for the report's Costs: the rules are then compiled for the fast engine too.
	Cost bool
}

// Limits of a check.
const (
	maxFiles = 100_000
	maxFile  = 8 << 20
)

// Report is what a check found.
type Report struct {
	Problems *diag.List
	Files    int // that were read as rules or profiles
	Skipped  int // YAML files that are no parser, scenario, context or profiles
	// Costs says what the patterns and expressions of sound rules run on, if it was asked for.
	Costs []rule.Cost
	// Rules are the files that were read, for a further look. Their patterns are in the library of the options.
	Rules detect.Rules
}

// Paths checks files, and all YAML files under folders.
func Paths(paths []string, o Options) (*Report, error) {
	r := &Report{Problems: &diag.List{}}
	files, err := find(paths)
	if err != nil {
		return nil, err
	}
	var rules detect.Rules
	rules.Patterns, rules.Mode, rules.LoadData = o.Patterns, o.Mode, o.LoadData
	for _, path := range files {
		text, err := read(path)
		if err != nil {
			r.Problems.Errorf(diag.Place{File: path}, "look at the file, or leave it out", "%s", err)
			continue
		}
		kind, stage := kindOf(path, text)
		f := rule.New(kind, filepath.Base(path), path, text)
		f.Stage, f.Order = stage, stage+"/"+filepath.Base(path)
		switch kind {
		case rule.Parser:
			rules.Parsers = append(rules.Parsers, f)
		case rule.Postoverflow:
			rules.Postoverflows = append(rules.Postoverflows, f)
		case rule.Scenario:
			rules.Scenarios = append(rules.Scenarios, f)
		case rule.Context:
			rules.Contexts = append(rules.Contexts, f)
		case profiles:
			checkProfiles(f, o.Host, r.Problems)
		default:
			// Its YAML at least must be sound.
			diag.Documents(path, text, o.Mode, r.Problems)
			r.Skipped++
			continue
		}
		r.Files++
	}
	slices.SortStableFunc(rules.Parsers, func(a, b rule.File) int { return strings.Compare(a.Order, b.Order) })
	slices.SortStableFunc(rules.Postoverflows, func(a, b rule.File) int { return strings.Compare(a.Order, b.Order) })
	r.Rules = rules
	engine, err := detect.Load(rules, detect.Options{Host: o.Host, Fast: o.Cost, Partial: true}, r.Problems)
	if err != nil {
		return nil, err
	}
	if o.Cost {
		r.Costs = engine.Costs()
	}
	return r, nil
}

func find(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil || !info.IsDir() { // reading will say what is wrong
			out = append(out, p)
			continue
		}
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && path != p && strings.HasPrefix(d.Name(), "."):
				return fs.SkipDir
			case d.Type().IsRegular() && (strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml")):
				out = append(out, path)
			}
			if len(out) > maxFiles {
				return fmt.Errorf("more than %d files under %s", maxFiles, p)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read rules: %w", err)
		}
	}
	return out, nil
}

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read rules: %w", err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no regular file")
	case info.Size() > maxFile:
		return nil, fmt.Errorf("it has %d bytes; the limit is %d", info.Size(), maxFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	return text, nil
}

var stageName = regexp.MustCompile(`^s\d\d-`)

// kindOf tells what a rule file is: by the folders that it lies in, else by its keys.
func kindOf(path string, text []byte) (kind rule.Type, stage string) {
	parts := strings.Split(filepath.ToSlash(filepath.Dir(path)), "/")
	for _, part := range slices.Backward(parts) {
		if stage == "" && stageName.MatchString(part) {
			stage = part
		}
		if t, ok := rule.ParseType(part); ok && part == string(t) {
			kind = t
			break
		}
	}
	if kind == "" {
		kind = byKeys(path, text)
	}
	switch {
	case stage != "":
	case kind == rule.Parser:
		stage = "s01-parse"
	case kind == rule.Postoverflow:
		stage = "s01-whitelist"
	}
	return kind, stage
}

func byKeys(path string, text []byte) rule.Type {
	var silent diag.List
	for _, d := range diag.Documents(path, text, diag.Foreign, &silent) {
		switch {
		case d.Has("context"):
			return rule.Context
		case d.Has("filters") && (d.Has("decisions") || d.Has("notifications") || d.Has("on_success")):
			return profiles
		case d.Has("seclang_rules") || d.Has("rules") || d.Has("inband_rules"):
			return rule.AppsecRule
		case d.Has("capacity") || d.Has("leakspeed") || d.Has("groupby") || d.Has("blackhole") || d.Has("type"):
			return rule.Scenario
		case d.Has("onsuccess") || d.Has("grok") || d.Has("nodes") || d.Has("statics") || d.Has("whitelist") || d.Has("pattern_syntax"):
			return rule.Parser
		case d.Has("filter"):
			return rule.Scenario
		}
	}
	return rule.Scenario // its faults are told as those of the most common kind
}
