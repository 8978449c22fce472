package hubtest

import (
	"fmt"
	"io/fs"
	"path"

	"tocsin.example/internal/diag"
)

// config is a test's config.yaml. Keys that are not known are passed over, as CrowdSec does.
type config struct {
	Parsers       []string          `yaml:"parsers"`
	Scenarios     []string          `yaml:"scenarios"`
	Postoverflows []string          `yaml:"postoverflows"`
	AppsecRules   []string          `yaml:"appsec-rules"`
	LogFile       string            `yaml:"log_file"`
	LogType       string            `yaml:"log_type"`
	Labels        map[string]string `yaml:"labels"`
	IgnoreParsers bool              `yaml:"ignore_parsers"`
	Overrides     []override        `yaml:"override_statics"`
	OwnDataDir    bool              `yaml:"own_data_dir"`
	Template      string            `yaml:"nuclei_template"`
}

// appsec says that the test is one of request rules, which come with the application firewall.
func (c *config) appsec() bool { return len(c.AppsecRules) > 0 || c.Template != "" }

type override struct {
	Method     string `yaml:"method" json:"method,omitempty"`
	Parsed     string `yaml:"parsed" json:"parsed,omitempty"`
	Meta       string `yaml:"meta" json:"meta,omitempty"`
	Target     string `yaml:"target" json:"target,omitempty"`
	Value      string `yaml:"value" json:"value,omitempty"`
	Expression string `yaml:"expression" json:"expression,omitempty"`
}

func readConfig(fsys fs.FS, dir string) (*config, error) {
	file := path.Join(dir, "config.yaml")
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, err
	}
	var problems diag.List
	docs := diag.Documents(file, text, diag.Foreign, &problems)
	if len(docs) == 0 {
		if err := problems.Err(); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s is empty", file)
	}
	c := &config{}
	docs[0].Decode(c)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return c, nil
}
