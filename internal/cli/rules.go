package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tocsin.example/internal/app"
	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/diag"
)

// rulesFlags are the flags of every command that loads rules.
type rulesFlags struct {
	options app.Options
	now     string
}

func (r *rulesFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&r.options.Hub, "hub", "", "take the rules from this CrowdSec hub `folder` instead of the built-in ones")
	f.StringSliceVar(&r.options.Install, "install", nil, "load these items of the hub: `names` of collections, parsers, scenarios ...")
	f.BoolVar(&r.options.All, "all", false, "load all items of the hub")
	f.StringSliceVar(&r.options.Data, "data", nil, "look for data files and GeoIP databases in these `folders` too")
	f.StringVar(&r.now, "now", "", "take this `time` for now, in RFC 3339 (default the present)")
	f.StringVar(&r.options.Engine, "engine", app.Fast, "which `engine` matches and evaluates: fast or reference; the result is the same")
	f.BoolVar(&r.options.DNS, "dns", false, "let postoverflows ask DNS for the names of addresses")
	c.MarkFlagsMutuallyExclusive("install", "all")
	_ = c.MarkFlagDirname("hub")
	_ = c.MarkFlagDirname("data")
	_ = c.RegisterFlagCompletionFunc("engine", words(app.Reference, app.Fast))
}

// open loads the rules. Faults that leave the others running are told as warnings.
func (r *rulesFlags) open(a *shell) (*app.Site, error) {
	if (len(r.options.Install) > 0 || r.options.All) && r.options.Hub == "" {
		return nil, usage(errors.New("--install and --all choose from a hub"), "add --hub FOLDER")
	}
	now, err := parseNow(r.now)
	if err != nil {
		return nil, err
	}
	r.options.Now = now
	site, err := app.Open(r.options)
	if err != nil {
		return nil, err
	}
	a.tell(site.Problems)
	return site, nil
}

// parseNow reads the --now flag; the present when it is empty.
func parseNow(s string) (time.Time, error) {
	if s == "" {
		return time.Now().UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, usage(fmt.Errorf("--now %q is no time", s), "write for example 2026-08-22T12:00:00Z")
	}
	return t, nil
}

// maxTold is how many problems are shown before they are only counted.
const maxTold = 20

// tell shows the problems of rules that were loaded all the same: errors, whose documents were set aside, and how many
// warnings there are.
func (a *shell) tell(problems *diag.List) {
	shown := 0
	for _, p := range problems.Problems() {
		if p.Severity != diag.Error {
			continue
		}
		if shown++; shown <= maxTold {
			a.err.Printf("%s %s\n", a.err.Paint(render.Warn, "set aside:"), render.SanitizeLines(p.Error()))
		}
	}
	if more := shown - maxTold; more > 0 {
		a.err.Printf("%s %d more\n", a.err.Paint(render.Warn, "set aside:"), more)
	}
	warned := 0
	for _, p := range problems.Problems() {
		if p.Severity != diag.Warning {
			continue
		}
		if warned++; warned <= maxTold {
			a.err.Printf("%s\n", a.err.Paint(render.Warn, p.Error()))
		}
	}
	if more := warned - maxTold; more > 0 {
		a.err.Printf("%s\n", a.err.Paint(render.Warn, fmt.Sprintf("%d more warnings; 'tocsin check' shows them all", more)))
	}
	_ = a.err.Flush()
}
