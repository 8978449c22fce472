package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tocsin.example/test/traffic"
)

// hour is an hour of one kind of traffic.
type hour struct {
	kind      string
	seed      uint64
	log, web  string
	attackers string
}

// list says what traffic there is.
func list(w io.Writer) error {
	for _, c := range traffic.Classes() {
		if _, err := fmt.Fprintf(w, "%-24s %s\n", c.Name, c.About); err != nil {
			return err
		}
	}
	return nil
}

// write writes one log of the hour, and who must be found in it.
func (h *hour) write(w io.Writer) error {
	c, err := traffic.Find(h.kind)
	if err != nil {
		return fmt.Errorf("%w (--kind list names all)", err)
	}
	o := traffic.Options{Seed: h.seed, Web: traffic.Form(h.web)}
	if !slices.Contains(traffic.Forms(), o.Web) {
		return fmt.Errorf("there is no form %q of access logs", h.web)
	}
	// The hour is played twice, so that it need not be held.
	types := map[string]bool{}
	for l := range c.Play(o).Lines() {
		types[l.Type] = true
	}
	names := slices.Sorted(maps.Keys(types))
	switch {
	case h.log == "" && len(names) == 1:
		h.log = names[0]
	case !types[h.log]:
		return fmt.Errorf("%s writes these logs, choose one by --log: %s", h.kind, strings.Join(names, ", "))
	}
	p := c.Play(o)
	out := bufio.NewWriterSize(w, 1<<16)
	for l := range p.Lines() {
		if l.Type != h.log {
			continue
		}
		if _, err := fmt.Fprintln(out, l.Text); err != nil {
			return fmt.Errorf("write log: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	if h.attackers == "" {
		return nil
	}
	return toFile(h.attackers, func(w io.Writer) error { return writeAttackers(w, p.Attackers()) })
}

// writeAttackers writes a line for each: its account if it is to be found by that, and its sources.
func writeAttackers(w io.Writer, attackers []traffic.Attacker) error {
	var errs []error
	for _, a := range attackers {
		var words []string
		if a.Account != "" {
			words = append(words, "account="+a.Account)
		}
		for _, s := range a.Sources {
			words = append(words, s.String())
		}
		_, err := fmt.Fprintln(w, strings.Join(words, " "))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
