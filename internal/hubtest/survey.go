package hubtest

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Survey is what a test says, without running it.
type Survey struct {
	Name string
	// Parsers, Postoverflows and Scenarios are named as in config.yaml: by item, or by a path in the hub.
	Parsers, Postoverflows, Scenarios []string
	LogType                           string
	// ParserAsserts and ScenarioAsserts are the assert files that the test is held to, "" for none.
	ParserAsserts, ScenarioAsserts string
}

// maxAssertFile bounds an assert file that is surveyed.
const maxAssertFile = 8 << 20

// Surveys looks at the tests of a hub by name, without those of request rules. A test that cannot be read is in the
// error, and the others are returned all the same.
func (r *Runner) Surveys() ([]Survey, error) {
	names, err := r.Names()
	if err != nil {
		return nil, err
	}
	var out []Survey
	var errs []error
	for _, name := range names {
		s, err := r.survey(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("test %s: %w", name, err))
			continue
		}
		if s != nil {
			out = append(out, *s)
		}
	}
	return out, errors.Join(errs...)
}

func (r *Runner) survey(name string) (*Survey, error) {
	dir := path.Join(Folder, name)
	c, err := readConfig(r.FS, dir)
	if err != nil || c.appsec() {
		return nil, err
	}
	s := &Survey{Name: name, Parsers: c.Parsers, Postoverflows: c.Postoverflows, LogType: c.LogType}
	for _, n := range c.Scenarios {
		if n != "" {
			s.Scenarios = append(s.Scenarios, n)
		}
	}
	if !c.IgnoreParsers {
		if s.ParserAsserts, err = r.assertsOf(dir, "parser.assert"); err != nil {
			return nil, err
		}
	}
	if len(s.Scenarios) > 0 {
		if s.ScenarioAsserts, err = r.assertsOf(dir, "scenario.assert"); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (r *Runner) assertsOf(dir, name string) (string, error) {
	file := path.Join(dir, name)
	info, err := fs.Stat(r.FS, file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if info.Size() > maxAssertFile {
		return "", fmt.Errorf("%s has %d bytes; the limit is %d", name, info.Size(), maxAssertFile)
	}
	text, err := fs.ReadFile(r.FS, file)
	return string(text), err
}

// results matches the assert that says how many results there are.
var results = regexp.MustCompile(`(?m)^\s*len\(\s*results\s*\)\s*==\s*(\d+)\s*$`)

// Complete reports whether the asserts say how many results there are and of which scenarios: then those that they do
// not name did not fire.
func (s *Survey) Complete() bool {
	m := results.FindStringSubmatch(s.ScenarioAsserts)
	if m == nil {
		return false
	}
	n, err := strconv.Atoi(m[1])
	return err == nil && strings.Count(s.ScenarioAsserts, "GetScenario()") >= n
}

// Fires reports whether the asserts name a scenario.
func (s *Survey) Fires(scenario string) bool {
	return strings.Contains(s.ScenarioAsserts, `"`+scenario+`"`) || strings.Contains(s.ScenarioAsserts, "'"+scenario+"'")
}
