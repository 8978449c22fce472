// Package cli is the command line of tocsin: one file a noun, each a constructor of a cobra command.
//
// It reads flags and shows results; what the results are is decided by the packages it calls. It is the only package
// that knows cobra. Start from [Main].
package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"tocsin.example/internal/cli/render"
)

// Main runs the command line args (without the program's name) and returns the exit code: 0 all is well, 1 the work
// found problems or could not be done, 2 the command line is wrong. An interrupt ends the work; a second one kills.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is an error to be told, as a full disk is
	context.AfterFunc(ctx, stop)   // gives the second signal back its usual effect

	a := &shell{args: args, in: stdin, stdout: stdout, stderr: stderr, getenv: os.Getenv}
	a.look() // for errors in the flags themselves
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if flushErr := a.out.Flush(); err == nil && flushErr != nil {
		err = fmt.Errorf("write output: %w", flushErr)
	}
	return a.exit(ctx, err)
}

// shell is what every command is given: its input, its outputs and the global flags. The fields out and err hold once
// flags are read, that is, in every command's RunE.
type shell struct {
	args           []string // as they were given
	in             io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	format         format
	colour         render.Colour
	remote         remote

	out *render.Out // results
	err *render.Out // progress, warnings, errors
}

// look makes the outputs as the flags say.
func (a *shell) look() {
	a.out = render.NewOut(a.stdout, render.Detect(a.stdout, a.colour, a.getenv))
	a.err = render.NewOut(a.stderr, render.Detect(a.stderr, a.colour, a.getenv))
}

// json writes v as indented JSON. Log text in it needs no escaping beyond JSON's own.
func (a *shell) json(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false) // it goes to programs and terminals, not into pages
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// format is the shape of the results: a flag value.
type format string

// The formats: for people, for programs, and for a shell's read or cut.
const (
	human   format = "human"
	asJSON  format = "json"
	asRaw   format = "raw"
	formats        = "human|json|raw"
)

func (f *format) String() string { return string(*f) }

func (f *format) Set(s string) error {
	switch v := format(s); v {
	case human, asJSON, asRaw:
		*f = v
		return nil
	}
	return errors.New("want human, json or raw")
}

func (*format) Type() string { return formats }

// newRoot is the tree of all commands. A command must not set PersistentPreRunE: cobra runs only the nearest one, and
// the root's makes the outputs; nor PreRunE, which guard sets.
func newRoot(a *shell) *cobra.Command {
	root := &cobra.Command{
		Use:   "tocsin",
		Short: "Find attackers in logs and stop them, together",
		Long: "Tocsin reads logs, finds those who attack, decides what is to be done about them, and shares what it\n" +
			"learned with others who want to know.",
		SilenceErrors:     true, // Main shows them, with hints
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(*cobra.Command, []string) error {
			a.look()
			return nil
		},
	}
	a.format = human
	flags := root.PersistentFlags()
	flags.VarP(&a.format, "output", "o", "how to write results")
	flags.Var(&a.colour, "color", "whether to write colours")
	_ = root.RegisterFlagCompletionFunc("output", words("human", "json", "raw")) // the flags exist: two lines above
	_ = root.RegisterFlagCompletionFunc("color", words("yes", "no", "auto"))
	a.remote.add(root)
	branch(
		root, newReplay(a), newExplain(a), newHubtest(a), newCheck(a), newGrok(a), newVersion(a), newCompletion(a),
		newBouncers(a), newMachines(a), newAlerts(a), newDecisions(a), newAllowlists(a), newProfiles(a), newSimulation(a), newShadow(a),
		newWhy(a), newLapi(a), newTokens(a), newAudit(a), newBackup(a), newRestore(a), newRun(a),
	)
	guard(root)
	return root
}

// guard makes every error that comes up before a command's own work a mistake in the command line: unknown flags,
// wrong arguments, missing required flags. A command that says nothing about arguments takes none.
func guard(c *cobra.Command) {
	mistake := func(c *cobra.Command, err error) error {
		return usage(err, fmt.Sprintf("see '%s --help'", c.CommandPath()))
	}
	c.SetFlagErrorFunc(mistake)
	args := c.Args
	if args == nil {
		args = noArgs
	}
	c.Args = func(c *cobra.Command, given []string) error {
		if err := args(c, given); err != nil {
			return mistake(c, err)
		}
		return nil
	}
	// cobra checks these only after PreRunE, and its errors have no type of their own.
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		if err := cmp.Or(c.ValidateRequiredFlags(), c.ValidateFlagGroups()); err != nil {
			return mistake(c, err)
		}
		return nil
	}
	for _, child := range c.Commands() {
		guard(child)
	}
}

// noArgs refuses arguments.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments but was given %q", c.CommandPath(), args[0])
	}
	return nil
}

// branch makes c a command that only holds others: alone it shows its help, and a word it does not know is an error
// with the nearest one as hint.
func branch(c *cobra.Command, children ...*cobra.Command) {
	c.SuggestionsMinimumDistance = 2
	c.Args = cobra.ArbitraryArgs // RunE tells better than cobra what is wrong
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		hint := fmt.Sprintf("see '%s --help'", c.CommandPath())
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			hint = fmt.Sprintf("did you mean '%s %s'?", c.CommandPath(), strings.Join(near, "' or '"))
		}
		return usage(fmt.Errorf("%s has no command %q", c.CommandPath(), args[0]), hint)
	}
	c.AddCommand(children...)
}

// words completes one of a few fixed words.
func words(w ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(w, cobra.ShellCompDirectiveNoFileComp)
}
