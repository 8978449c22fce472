package cli

import (
	"encoding/csv"
	"slices"
	"strconv"

	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/rule"
)

type reportJSON struct {
	Problems []problemJSON `json:"problems"`
	Costs    []costJSON    `json:"costs,omitzero"`
	Lint     *lintJSON     `json:"lint,omitempty"`
}

type costJSON struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Rule   string `json:"rule"`
	Part   string `json:"part"`
	Text   string `json:"text"`
	Runs   string `json:"runs"`
	Why    string `json:"why,omitempty"`
	Guards int    `json:"guards,omitempty"`
}

func costsJSON(costs []rule.Cost) []costJSON {
	out := make([]costJSON, 0, len(costs))
	for i := range costs {
		c := &costs[i]
		out = append(out, costJSON{c.At.File, c.At.Line, c.At.Col, c.Rule, c.Part, c.Text, c.Runs, c.Why, c.Guards})
	}
	return out
}

func (a *shell) rawCosts(costs []rule.Cost) {
	w := csv.NewWriter(a.out)
	_ = w.Write([]string{"place", "rule", "part", "runs", "why", "guards"})
	for i := range costs {
		c := &costs[i]
		_ = w.Write([]string{c.At.String(), c.Rule, c.Part, c.Runs, c.Why, strconv.Itoa(c.Guards)})
	}
	w.Flush()
}

// showCosts counts what runs on which engine, and lists what does not run on the fast one: few rows in which to look.
// Of a small set of rules everything is listed.
func (a *shell) showCosts(costs []rule.Cost) {
	const few = 100
	counts := map[string]int{}
	filters, known := 0, 0
	for i := range costs {
		c := &costs[i]
		counts[c.Runs]++
		if c.Part == "filter" {
			filters++
			if c.Guards > 0 {
				known++
			}
		}
	}
	a.out.Printf("%d patterns run as plans, %d on Go's regexp; %d expressions run as closures, %d on expr's machine;\n",
		counts["plan"], counts["regexp"], counts["closures"], counts["machine"])
	a.out.Printf("%d of %d filters are in the index: an event that they do not concern never meets them\n", known, filters)
	shown := slices.Clone(costs)
	if len(costs) > few {
		shown = slices.DeleteFunc(shown, func(c rule.Cost) bool { return !c.Slow() && (c.Part != "filter" || c.Guards > 0) })
	}
	if len(shown) == 0 {
		return
	}
	t := render.NewTable("PLACE", "RULE", "PART", "RUNS ON", "INDEX", "WHY")
	for i := range shown {
		c := &shown[i]
		tone := render.Good
		if c.Slow() {
			tone = render.Warn
		}
		index := ""
		if c.Part == "filter" {
			index = strconv.Itoa(c.Guards)
		}
		t.Row(c.At.String(), c.Rule, c.Part, render.Cell{Text: c.Runs, Tone: tone}, index, c.Why)
	}
	t.Print(a.out)
	if more := len(costs) - len(shown); more > 0 {
		a.out.Printf("%d more are fast; -o json lists all\n", more)
	}
}
