package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin.example/client"
	"tocsin.example/internal/cli/render"
)

func newWhy(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "why VALUE",
		Short: "Say why an address is blocked or was, or why it is not",
		Long: "Shows all there is to say about an address, a range or another value: what is in force against it, which\n" +
			"scenario and which lines led to it, what was before, and whether an allowlist protects it.",
		Example: "  tocsin why 192.0.2.1\n  tocsin why 192.0.2.1 -o json",
		Args:    named("an address, a range or another value", 1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			return answer(a, func(s *client.Client) (client.Why, error) { return s.Why(c.Context(), args[0]) }, a.showWhy)
		},
	}
}

// Bounds of what one screen shows.
const (
	whyPast   = 5
	whyAlerts = 3
	whyLines  = 6
)

func (a *shell) showWhy(w client.Why) error {
	switch a.format {
	case asJSON:
		return a.json(w)
	case asRaw:
		a.rawWhy(w)
		return nil
	case human:
	}
	a.out.Printf("%s is %s\n", a.out.Paint(render.Name, w.Value), a.verdict(w))
	for _, d := range w.InForce {
		a.whyInForce(d)
	}
	for _, d := range w.Simulated {
		a.out.Printf("\n%s %s of %s by %s, for %s more: nobody is told\n", a.out.Paint(render.Dim, "simulated:"), d.Type, scoped(d.Scope, d.Value),
			a.out.Paint(render.Name, d.Scenario), left(d.Decision))
	}
	a.whyAlerts(w)
	a.whyPast(w)
	a.whyState(w)
	return nil
}

// verdict is what is so now, in a few words.
func (a *shell) verdict(w client.Why) render.Painted {
	switch {
	case w.Blocked && len(w.Allowed) > 0:
		return a.out.Paint(render.Warn, "blocked by force, though it is allowed")
	case w.Blocked:
		return a.out.Paint(render.Bad, "blocked: "+w.Type)
	case len(w.Allowed) > 0:
		return a.out.Paint(render.Good, "not blocked: it is allowed")
	case len(w.Simulated) > 0:
		return a.out.Paint(render.Good, "not blocked: its decisions are simulated")
	case w.PastCount > 0:
		return a.out.Paint(render.Good, "not blocked now")
	case len(w.Alerts) > 0:
		return a.out.Paint(render.Good, "not blocked: its alerts led to no decision")
	}
	return a.out.Paint(render.Good, "not blocked: nothing is known about it")
}

func (a *shell) whyInForce(d client.WhyDecision) {
	by := d.Origin
	switch {
	case d.Profile != "":
		by = "profile " + d.Profile
	case d.Origin == "cscli":
		by = "a person"
	case d.Origin == "cscli-import":
		by = "an imported list"
	}
	a.out.Printf("\n%s %s of %s for %s more, until %s\n", a.out.Paint(render.Bad, "in force:"), d.Type, a.out.Paint(render.Name, scoped(d.Scope, d.Value)),
		left(d.Decision), stamp(d.Until))
	a.out.Printf("  since %s, by %s, for %s (decision %s, alert %s)\n", stamp(d.Begun), by, a.out.Paint(render.Name, d.Scenario),
		strconv.FormatInt(d.ID, 10), strconv.FormatInt(d.Alert, 10))
}

// whyAlerts shows the newest alerts with the lines.
func (a *shell) whyAlerts(w client.Why) {
	for i, x := range w.Alerts {
		if i == whyAlerts {
			a.out.Printf("\n%s more alerts; 'tocsin alerts list --ip %s' has them\n", strconv.Itoa(len(w.Alerts)-i), quote(w.Value))
			return
		}
		mark := ""
		switch {
		case x.Shadow:
			mark = ", in shadow"
		case x.Simulated:
			mark = ", simulated"
		case x.Late:
			mark = ", late"
		}
		a.out.Printf("\n%s %s, %s%s\n", a.out.Paint(render.Head, fmt.Sprintf("alert %d:", x.ID)), a.out.Paint(render.Name, x.Scenario), stamp(x.CreatedAt), mark)
		if x.Message != "" && x.Message != x.Scenario {
			a.out.Printf("  %s\n", x.Message)
		}
		if e := x.Evidence; e != nil {
			few := *e
			if more := len(few.Lines) - whyLines; more > 0 {
				few.Lines = few.Lines[:whyLines]
				few.Omitted += more
			}
			a.showEvidence(&few, x.EventsCount, "  ")
		}
	}
}

func (a *shell) whyPast(w client.Why) {
	if len(w.Past) == 0 {
		return
	}
	a.out.Printf("\n%s\n", a.out.Paint(render.Head, "before:"))
	for i, d := range w.Past {
		if i == whyPast {
			break
		}
		how := "until " + stamp(d.Until)
		switch {
		case d.Late:
			how = "over when it came"
		case d.EndedAt != nil:
			how = "ended early, " + stampOf(d.EndedAt)
		}
		lasted := ""
		if d.EndedAt == nil && !d.Late {
			lasted = ", " + render.Duration(d.Until.Sub(d.Begun).Round(time.Second))
		}
		simulated := ""
		if d.Simulated {
			simulated = " (simulated)"
		}
		a.out.Printf("  %s %s of %s%s for %s: %s%s\n", stamp(d.Begun), d.Type, scoped(d.Scope, d.Value), simulated, a.out.Paint(render.Name, d.Scenario), how, lasted)
	}
	if more := w.PastCount - len(w.InForce) - len(w.Simulated) - min(len(w.Past), whyPast); more > 0 {
		a.out.Printf("  and %s more\n", render.Count(int64(more)))
	}
}

func (a *shell) whyState(w client.Why) {
	a.out.Printf("\n")
	if len(w.Allowed) == 0 {
		a.out.Printf("no allowlist and no guard rail protects it\n")
	}
	for _, r := range w.Allowed {
		a.out.Printf("%s %s\n", a.out.Paint(render.Good, "allowed by"), r)
	}
	for _, s := range w.Scenarios {
		how := "simulated"
		if s.Shadow {
			how = "in shadow"
		}
		a.out.Printf("scenario %s is %s now\n", a.out.Paint(render.Name, s.Name), how)
	}
	if w.Offences > 0 {
		a.out.Printf("banned %s by profiles in the last 30 days: the next ban is longer\n", times(w.Offences))
	}
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return strconv.Itoa(n) + " times"
}

// rawWhy is one word and then a line a decision: "blocked ban 192.0.2.1 SCENARIO UNTIL".
func (a *shell) rawWhy(w client.Why) {
	word := "free"
	switch {
	case w.Blocked:
		word = "blocked"
	case len(w.Allowed) > 0:
		word = "allowed"
	}
	a.out.Printf("%s\n", word)
	for _, d := range w.InForce {
		a.out.Printf("%s\n", strings.Join([]string{d.Type, scoped(d.Scope, d.Value), d.Scenario, stamp(d.Until)}, "\t"))
	}
}
