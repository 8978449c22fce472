package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.example"
	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/explain"
	"tocsin.example/internal/source/file"
)

type explainCommand struct {
	*shell

	rules  rulesFlags
	kind   string
	line   string
	only   bool
	all    bool
	failed error
}

func newExplain(a *shell) *cobra.Command {
	e := &explainCommand{shell: a}
	c := &cobra.Command{
		Use:   "explain --type TYPE (--line LINE | FILE | -)",
		Short: "Show the way of lines through parsers and scenarios, and where they stop",
		Example: "  tocsin explain --type syslog --line 'Aug 22 10:00:00 host sshd[7]: Failed password for root from 192.0.2.1 port 22 ssh2'\n" +
			"  tocsin explain --type auto --failures access.log\n" +
			"  tail -n 100 /var/log/nginx/error.log | tocsin explain --type nginx -",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return e.run(c, args) },
	}
	e.rules.add(c)
	f := c.Flags()
	f.StringVarP(&e.kind, "type", "t", "", "what kind of log it is: syslog, nginx ..., or auto to find out")
	f.StringVarP(&e.line, "line", "l", "", "explain this `line`")
	f.BoolVar(&e.only, "failures", false, "show only lines that are not understood")
	f.BoolVarP(&e.all, "verbose", "v", false, "show every node that was tried, and every field that was set")
	_ = c.MarkFlagRequired("type")
	return c
}

func (e *explainCommand) run(c *cobra.Command, args []string) error {
	given := c.Flags().Changed("line")
	if given == (len(args) == 1) {
		return usage(errors.New("say what to explain"), "either --line LINE or one file (- for standard input)")
	}
	site, err := e.rules.open(e.shell)
	if err != nil {
		return err
	}
	x := explain.New(site.Engine)
	good, bad := 0, 0
	one := func(raw string, cut int, src string) {
		r := x.Line(raw, cut, src, e.kind, e.rules.options.Now)
		if r.OK {
			good++
			if e.only {
				return
			}
		} else {
			bad++
		}
		e.show(r)
	}
	if given {
		one(e.line, 0, "command line")
		return e.failed
	}
	source := &file.Replay{Paths: args, Now: e.rules.options.Now, Stdin: c.InOrStdin()}
	err = source.Run(c.Context(), func(ctx context.Context, b tocsin.Batch) error {
		for i := range b.Lines {
			one(b.Lines[i].Raw, b.Lines[i].Cut, b.Lines[i].Src)
		}
		if b.Done != nil {
			b.Done(nil)
		}
		if err := cmp.Or(e.failed, e.out.Err()); err != nil {
			return err
		}
		return context.Cause(ctx)
	})
	if err != nil {
		return e.decompress(err, args)
	}
	if e.format == human && good+bad > 1 {
		e.out.Printf("%s understood, %s not\n", render.Count(int64(good)), render.Count(int64(bad)))
	}
	return nil
}

func (e *explainCommand) show(r *explain.Result) {
	if e.failed != nil {
		return
	}
	switch e.format {
	case asJSON:
		enc := json.NewEncoder(e.out)
		enc.SetEscapeHTML(false)
		e.failed = enc.Encode(r)
	case asRaw:
		state := "ok"
		switch {
		case !r.OK:
			state = "stopped:" + r.StoppedAt
		case r.Whitelisted:
			state = "whitelisted"
		}
		e.out.Printf("%s\t%s\t%s\n", state, strings.Join(r.Scenarios, ","), r.Line)
	default:
		e.tree(r)
	}
}

// tree shows one line for people.
func (e *explainCommand) tree(r *explain.Result) {
	e.out.Printf("%s %s\n", e.out.Paint(render.Head, "line:"), r.Line)
	if e.kind == explain.Auto {
		e.out.Printf("  type %s\n", e.out.Paint(render.Name, r.Type))
	}
	for _, st := range r.Stages {
		e.out.Printf("  %s\n", e.out.Paint(render.Head, st.Name))
		skipped := 0
		for _, n := range st.Nodes {
			if !e.all && !n.OK && n.Why == "filter is false" {
				skipped++
				continue
			}
			e.node(n, 4)
		}
		if skipped > 0 {
			e.out.Printf("    %s\n", e.out.Paint(render.Dim, fmt.Sprintf("%d more whose filter is false", skipped)))
		}
	}
	switch {
	case !r.OK:
		e.out.Printf("  %s at %s: %s\n", e.out.Paint(render.Bad, "stopped"), r.StoppedAt, r.Why)
	case r.Whitelisted:
		e.out.Printf("  %s: %s; no scenario sees it\n", e.out.Paint(render.Warn, "whitelisted"), r.Reason)
	default:
		e.out.Printf("  %s", e.out.Paint(render.Good, "understood"))
		if len(r.Scenarios) == 0 {
			e.out.Printf("; no scenario wants it")
		}
		e.out.Printf("\n")
	}
	for _, b := range r.Buckets {
		over := render.Painted("")
		if b.Overflow {
			over = e.out.Paint(render.Bad, " OVERFLOW")
		}
		e.out.Printf("    poured into %s [%s]%s\n", e.out.Paint(render.Name, b.Scenario), b.Key, over)
	}
	for _, f := range r.Failures {
		e.out.Printf("    %s %s\n", e.out.Paint(render.Warn, "failed:"), f)
	}
	e.out.Printf("\n")
}

func (e *explainCommand) node(n *explain.Node, indent int) {
	pad := render.Painted(strings.Repeat(" ", indent))
	mark, why := e.out.Paint(render.Good, "+"), render.Painted("")
	if !n.OK {
		mark, why = e.out.Paint(render.Bad, "-"), e.out.Paint(render.Dim, "  "+n.Why)
	}
	e.out.Printf("%s%s %s%s\n", pad, mark, e.out.Paint(render.Name, n.Name), why)
	for _, note := range n.Notes {
		e.out.Printf("%s    %s %s\n", pad, e.out.Paint(render.Warn, "note:"), note)
	}
	for _, ch := range n.Children {
		if e.all || ch.OK {
			e.node(ch, indent+2)
		}
	}
	for _, ch := range n.Set {
		if e.all || len(n.Children) == 0 || !inChild(n, ch) {
			e.out.Printf("%s    %s = %s\n", pad, ch.Field, ch.Value)
		}
	}
}

// inChild reports whether a child shows the change already.
func inChild(n *explain.Node, c explain.Change) bool {
	for _, child := range n.Children {
		for _, set := range child.Set {
			if child.OK && set.Field == c.Field && set.Value == c.Value {
				return true
			}
		}
	}
	return false
}
