package cli

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.example/internal/app"
	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/hubtest"
)

func newHubtest(a *shell) *cobra.Command {
	c := &cobra.Command{Use: "hubtest", Short: "Run the tests of a hub: logs in, expected events and alerts out"}
	branch(c, newHubtestRun(a), newHubtestList(a))
	return c
}

// testFlags are the flags of all hubtest commands.
type testFlags struct {
	options app.TestOptions
	now     string
}

func (t *testFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&t.options.Hub, "hub", "", "the hub's `folder`, which holds "+hubtest.Folder+" (default the built-in rules)")
	_ = c.MarkFlagDirname("hub")
}

func newHubtestRun(a *shell) *cobra.Command {
	var t testFlags
	var all bool
	c := &cobra.Command{
		Use:   "run (--all | NAME...)",
		Short: "Run tests and show which asserts do not hold",
		Long: "Runs tests in CrowdSec's format inside this process. GeoIP databases come from --data, the test's folder or\n" +
			"the hub; without one, a small fixture knows the addresses that the hub's tests ask for.",
		Example: "  tocsin hubtest run --hub ./hub --all\n  tocsin hubtest run --hub ./hub sshd-logs ssh-slow-bf",
		Args:    cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, names []string) error {
			if all == (len(names) > 0) {
				return usage(errors.New("say which tests to run"), "either --all or names; 'tocsin hubtest list' shows them")
			}
			return a.runTests(c, &t, names)
		},
	}
	t.add(c)
	f := c.Flags()
	f.BoolVar(&all, "all", false, "run all tests")
	f.IntVar(&t.options.Jobs, "jobs", runtime.GOMAXPROCS(0), "how many tests run side by side; the result is the same")
	f.StringSliceVar(&t.options.Data, "data", nil, "look for data files and GeoIP databases in these `folders`, or in FOLDER/NAME of a test")
	f.StringVar(&t.options.Engine, "engine", app.Fast, "which `engine` matches and evaluates: fast or reference; the result is the same")
	f.StringVar(&t.now, "now", "", "take this `time` for now, in RFC 3339 (default the present)")
	_ = c.MarkFlagDirname("data")
	_ = c.RegisterFlagCompletionFunc("engine", words(app.Reference, app.Fast))
	return c
}

func newHubtestList(a *shell) *cobra.Command {
	var t testFlags
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the tests of a hub",
		Example: "  tocsin hubtest list --hub ./hub",
		RunE: func(*cobra.Command, []string) error {
			runner, done, err := app.HubTests(t.options)
			if err != nil {
				return err
			}
			defer done()
			names, err := runner.Names()
			if err != nil {
				return withHint(err, "--hub must name a hub's folder that holds its tests in "+hubtest.Folder)
			}
			if a.format == asJSON {
				return a.json(names)
			}
			for _, n := range names {
				a.out.Printf("%s\n", n)
			}
			return nil
		},
	}
	t.add(c)
	return c
}

func (a *shell) runTests(c *cobra.Command, t *testFlags, names []string) error {
	now, err := parseNow(t.now)
	if err != nil {
		return err
	}
	t.options.Now = now
	runner, done, err := app.HubTests(t.options)
	if err != nil {
		return err
	}
	defer done()
	known, err := runner.Names()
	if err != nil {
		return withHint(err, "--hub must name a hub's folder that holds its tests in "+hubtest.Folder)
	}
	for _, n := range names {
		if !slices.Contains(known, n) {
			return usage(fmt.Errorf("the hub has no test %q", n), "'tocsin hubtest list' shows them")
		}
	}
	appsec := 0
	if len(names) == 0 {
		names = known
		if appsec, err = runner.Appsec(); err != nil {
			return err
		}
	}
	progress := render.NewProgress(a.err, "testing", int64(len(names)), render.Lines)
	runner.Done = func(hubtest.Result) { progress.Add(1) }
	report, err := runner.Run(c.Context(), names)
	progress.Done()
	if err != nil {
		return err
	}
	report.Skipped += appsec
	if err := a.showTests(report); err != nil {
		return err
	}
	if report.Failed > 0 {
		return errFound
	}
	return nil
}

// maxFailures is how many failed asserts of one test are shown to people.
const maxFailures = 20

func (a *shell) showTests(r *hubtest.Report) error {
	switch a.format {
	case asJSON:
		return a.json(r)
	case asRaw:
		for _, t := range r.Tests {
			a.out.Printf("%s\t%s\n", t.Name, state(t))
		}
		return nil
	case human:
	}
	asserts := 0
	for _, t := range r.Tests {
		asserts += t.Asserts
		switch {
		case t.Skipped != "":
			a.out.Printf("%s %s: %s\n", a.out.Paint(render.Dim, "skipped"), t.Name, t.Skipped)
		case !t.OK:
			a.out.Printf("%s %s\n", a.out.Paint(render.Bad, "failed "), a.out.Paint(render.Name, t.Name))
			for i, f := range t.Failed {
				if i == maxFailures {
					a.out.Printf("    and %d more\n", len(t.Failed)-i)
					break
				}
				a.out.Printf("    %s\n", strings.TrimSpace(f))
			}
		}
	}
	tone := render.Good
	if r.Failed > 0 {
		tone = render.Bad
	}
	a.out.Printf("%s, %s asserts", a.out.Paint(tone, fmt.Sprintf("%d passed, %d failed, %d skipped", r.Passed, r.Failed, r.Skipped)), render.Count(int64(asserts)))
	if r.Skipped > 0 {
		a.out.Printf("; skipped are appsec tests, which come with the application firewall")
	}
	if r.Ignored > 0 {
		a.out.Printf("; %d are false but pass, as CrowdSec ignores them", r.Ignored)
	}
	a.out.Printf("\n")
	return nil
}

func state(t hubtest.Result) string {
	switch {
	case t.Skipped != "":
		return "skipped"
	case t.OK:
		return "ok"
	default:
		return "failed"
	}
}
