package rulebook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tocsin.example/internal/bucket"
	"tocsin.example/internal/diag"
)

// overview is the table above the scenarios of a page.
func (b *book) overview(w *strings.Builder, names []string) {
	t := table{w}
	t.row("scenario", "finds", "fires at", "answer")
	t.line(4)
	for _, name := range names {
		for _, s := range b.scenarios[name] {
			t.row(code(s.Name.Value), plain(s.Description.Value), fires(s), answer(s))
		}
	}
}

// answer says what comes of an alert.
func answer(s *bucket.Survey) string {
	if banned, ok := s.Labels["remediation"].(bool); ok && banned {
		return "ban"
	}
	return "alert only"
}

// fires says at what a scenario fires, in short.
func fires(s *bucket.Survey) string {
	of := ""
	if s.Distinct.Value != "" {
		of = "different "
	}
	switch bucket.Type(s.Type.Value) {
	case bucket.Leaky:
		out := fmt.Sprintf("the %s %sone; one is forgiven every %s", nth(s.Capacity+1), of, span(s.LeakSpeed))
		if s.OverflowFilter.Value != "" {
			out += ", and a last condition"
		}
		return out
	case bucket.Trigger:
		return "the first"
	case bucket.Counter:
		return "what came in " + span(s.Duration)
	case bucket.Conditional:
		return "a condition on what came"
	case bucket.Bayesian:
		return fmt.Sprintf("a probability of %g", s.BayesThreshold)
	}
	return ""
}

// scenario writes the section of one.
func (b *book) scenario(w *strings.Builder, item string, s *bucket.Survey) {
	fmt.Fprintf(w, "\n### %s\n\n%s %s\n", s.Name.Value, sentence(s.Description.Value), b.source(s.File))
	if text := remark(s.File, s.Place); text != "" {
		fmt.Fprintf(w, "\n%s\n", text)
	}
	w.WriteString("\n")
	b.thresholds(w, s)
	text := func(label string, t diag.Text) {
		if strings.TrimSpace(t.Value) != "" {
			fmt.Fprintf(w, "- %s %s\n", label, code(t.Value))
		}
	}
	text("counts", s.Filter)
	if s.GroupBy.Value != "" {
		fmt.Fprintf(w, "- %s\n", grouped(s.GroupBy.Value))
	}
	text("of those alike in this, one counts:", s.Distinct)
	text("all is forgiven by an event with", s.CancelOn)
	text("fires when", s.Condition)
	text("an alert only if", s.OverflowFilter)
	if s.ScopeType.Value != "" {
		fmt.Fprintf(w, "- the alert is about: %s %s\n", s.ScopeType.Value, codeOrNothing(s.ScopeExpression.Value))
	}
	if s.Blackhole > 0 {
		fmt.Fprintf(w, "- then silent about the same for %s\n", span(s.Blackhole))
	}
	fmt.Fprintf(w, "- labels: %s\n", labels(s.Labels))
	fired, quiet := b.provedBy(item, s)
	if len(fired) > 0 {
		fmt.Fprintf(w, "- a test shows that it fires: %s\n", b.tests(fired))
	}
	if len(quiet) > 0 {
		fmt.Fprintf(w, "- a test shows that it stays quiet: %s\n", b.tests(quiet))
	}
}

func codeOrNothing(s string) string {
	if s == "" {
		return ""
	}
	return code(s)
}

// thresholds say at what a scenario fires and at what not.
func (b *book) thresholds(w *strings.Builder, s *bucket.Survey) {
	what, some := "event", "events"
	if s.Distinct.Value != "" {
		what, some = "different event", "different events"
	}
	leak := span(s.LeakSpeed)
	switch bucket.Type(s.Type.Value) {
	case bucket.Leaky:
		fmt.Fprintf(w, "- fires at the %s %s at once; one is forgiven every %s\n", nth(s.Capacity+1), what, leak)
		fmt.Fprintf(w, "- does not fire at %d %s at once, nor at one every %s for however long\n", s.Capacity, some, leak)
	case bucket.Trigger:
		w.WriteString("- fires at every event\n")
	case bucket.Counter:
		fmt.Fprintf(w, "- gathers for %s from the first event, then judges\n", span(s.Duration))
	case bucket.Conditional:
		fmt.Fprintf(w, "- judges at every event; forgets all after %s without one\n", leak)
	case bucket.Bayesian:
		fmt.Fprintf(w, "- fires when its conditions make an attack %g probable; forgets all after %s without an event\n", s.BayesThreshold, leak)
	}
}

// grouped says who has a bucket of his own.
func grouped(expression string) string {
	e := oneLine(expression)
	const address = "evt.Meta.source_ip"
	switch e {
	case address:
		return "one count per source address"
	case address + " contains ':' ? IpToRange(" + address + ", '/64') : " + address:
		return "one count per source address, of IPv6 per /64"
	}
	return "one count per " + code(e)
}

// labels writes labels as people read them.
func labels(all map[string]any) string {
	if len(all) == 0 {
		return "none"
	}
	var out []string
	for key, value := range all {
		if list, ok := value.([]any); ok {
			var parts []string
			for _, v := range list {
				parts = append(parts, fmt.Sprint(v))
			}
			value = strings.Join(parts, " ")
		}
		out = append(out, key+" "+code(fmt.Sprint(value)))
	}
	slices.SortFunc(out, cmp.Compare)
	return strings.Join(out, ", ")
}

// provedBy names the tests in which a scenario fires, and those which prove that it does not.
func (b *book) provedBy(item string, s *bucket.Survey) (fired, quiet []string) {
	for i := range b.Tests {
		t := &b.Tests[i]
		switch {
		case !slices.Contains(t.Scenarios, item):
		case t.Fires(s.Name.Value):
			fired = append(fired, t.Name)
		case t.Complete():
			quiet = append(quiet, t.Name)
		}
	}
	return fired, quiet
}
