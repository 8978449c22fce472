package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.example/internal/app"
	"tocsin.example/internal/check"
	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/lint"
)

type problemJSON struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"`
	What     string `json:"what"`
	Hint     string `json:"hint,omitempty"`
}

func newCheck(a *shell) *cobra.Command {
	var foreign, cost, linted bool
	var data []string
	c := &cobra.Command{
		Use:   "check PATH...",
		Short: "Find everything that is wrong with rule files",
		Long: "Reads parsers, postoverflows, scenarios and contexts, single files or whole folders, as the engine would,\n" +
			"and shows all problems at once. Exit code 1 says that there are errors.\n\n" +
			"With --lint it also looks for what is wrong with sound rules: addresses that a client can forge, patterns without\n" +
			"an anchor, scenarios and parsers that no test in .tests proves, missing labels. Findings give exit code 1, notes do not.",
		Example: "  tocsin check my-scenario.yaml\n" +
			"  tocsin check --foreign /etc/crowdsec/scenarios -o json\n" +
			"  tocsin check --lint my-rules\n" +
			"  tocsin check --cost my-rules",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("%s wants rule files or folders", c.CommandPath())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			mode := diag.Own
			if foreign {
				mode = diag.Foreign
			}
			options, err := app.CheckOptions(mode, data, args)
			if err != nil {
				return err
			}
			options.Cost = cost || linted
			report, err := check.Paths(args, options)
			if err != nil {
				return withHint(err, "give files or folders that hold YAML rules")
			}
			var found *lint.Report
			if linted {
				found = app.Lint(args, report)
			}
			return a.showReport(report, found, cost)
		},
	}
	c.Flags().BoolVar(&foreign, "foreign", false, "the rules are somebody else's: an unknown key is a warning")
	c.Flags().BoolVar(&cost, "cost", false, "list what patterns and expressions run on, and why some are slow")
	c.Flags().BoolVar(&linted, "lint", false, "find addresses that can be forged, and what no test proves")
	c.Flags().StringSliceVar(&data, "data", nil, "look for data files and GeoIP databases in these `folders`")
	_ = c.MarkFlagDirname("data")
	return c
}

func (a *shell) showReport(r *check.Report, found *lint.Report, cost bool) error {
	problems := r.Problems.Problems()
	switch a.format {
	case asJSON:
		list := make([]problemJSON, 0, len(problems))
		for _, p := range problems {
			list = append(list, problemJSON{p.File, p.Line, p.Col, p.Severity.String(), p.What, p.Hint})
		}
		var out any = list
		if cost || found != nil {
			both := reportJSON{Problems: list, Lint: lintOf(found)}
			if cost {
				both.Costs = costsJSON(r.Costs)
			}
			out = both
		}
		if err := a.json(out); err != nil {
			return err
		}
	case asRaw:
		for _, p := range problems {
			a.out.Printf("%s\n", p.Error())
		}
		a.rawLint(found)
		if cost {
			a.rawCosts(r.Costs)
		}
	case human:
		for _, p := range problems {
			tone := render.Bad
			if p.Severity == diag.Warning {
				tone = render.Warn
			}
			a.showProblem(p, tone)
		}
		a.out.Printf("%d files: %d errors, %d warnings\n", r.Files, r.Problems.Errors(), r.Problems.Warnings())
		if n := r.Problems.Dropped(); n > 0 {
			a.out.Printf("%d more problems are not shown\n", n)
		}
		if r.Skipped > 0 {
			a.out.Printf("%d YAML files are no parsers, scenarios or contexts; only their YAML was checked\n", r.Skipped)
		}
		a.showLint(found)
		if cost {
			a.showCosts(r.Costs)
		}
	}
	if r.Files+r.Skipped+r.Problems.Errors() == 0 {
		return withHint(errors.New("there are no rule files"), "rule files end in .yaml or .yml")
	}
	if r.Problems.Errors() > 0 || found != nil && found.Open() > 0 {
		return errFound
	}
	return nil
}

func (a *shell) showProblem(p diag.Problem, tone render.Tone) {
	head, quote, _ := strings.Cut(p.Detail(), "\n")
	a.out.Printf("%s\n", a.out.Paint(tone, head))
	if quote != "" {
		a.out.Printf("%s\n", render.Painted(render.SanitizeLines(quote)))
	}
}
