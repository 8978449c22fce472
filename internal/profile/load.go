package profile

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/wire"
)

// File is the text of a profiles.yaml.
type File struct {
	Path string // for messages
	Text []byte
}

type profileDoc struct {
	Place diag.Place `yaml:"-,place"`

	Name          diag.Text      `yaml:"name"`
	Debug         bool           `yaml:"debug"` // CrowdSec's; tests of a profile say more
	Filters       []diag.Text    `yaml:"filters"`
	Decisions     []decisionDoc  `yaml:"decisions"`
	DurationExpr  diag.Text      `yaml:"duration_expr"`
	OnSuccess     diag.Text      `yaml:"on_success"`
	OnFailure     diag.Text      `yaml:"on_failure"`
	OnError       diag.Text      `yaml:"on_error"`
	Notifications []diag.Text    `yaml:"notifications"`
	Escalation    *escalationDoc `yaml:"escalation"`
	IPv6Network   *int           `yaml:"ipv6_network"`

	Keys map[string]diag.Place `yaml:"-,places"`
}

type decisionDoc struct {
	Place diag.Place `yaml:"-,place"`

	Type      diag.Text `yaml:"type"`
	Duration  diag.Text `yaml:"duration"`
	Scope     diag.Text `yaml:"scope"`
	Value     diag.Text `yaml:"value"`
	Origin    diag.Text `yaml:"origin"`
	Simulated bool      `yaml:"simulated"`
	Scenario  diag.Text `yaml:"scenario"`
}

type escalationDoc struct {
	Place diag.Place `yaml:"-,place"`

	Factor  float64   `yaml:"factor"`
	Window  diag.Text `yaml:"window"`
	Longest diag.Text `yaml:"longest"`

	Keys map[string]diag.Place `yaml:"-,places"`
}

// Load reads profiles in the order in which they are asked: profiles.yaml.local comes before profiles.yaml. Everything
// that is wrong is added to problems. A set with one faulty profile is refused whole: the error is that of problems.
func Load(o Options, problems *diag.List, files ...File) (*Set, error) {
	if o.Host == nil {
		o.Host = &cond.Host{}
	}
	before := problems.Errors()
	l := &loader{
		o: o, problems: problems, set: &Set{past: o.Past}, names: map[string]bool{},
		compiler: cond.NewCompiler(event.NewSchema(), o.Host),
	}
	l.set.runs.New = func() any { return cond.NewRun() }
	at := diag.Place{}
	for _, f := range files {
		at.File = f.Path
		for _, d := range diag.Documents(f.Path, f.Text, diag.Own, problems) {
			var doc profileDoc
			l.sound = d.Decode(&doc)
			if d.Keys() != nil {
				l.add(&doc)
			}
		}
	}
	if len(l.set.profiles) == 0 && problems.Errors() == before {
		problems.Errorf(at, "write one, or leave the file out for the built-in profile", "there is no profile")
	}
	if problems.Errors() > before {
		return nil, problems.Err()
	}
	return l.set, nil
}

type loader struct {
	o        Options
	problems *diag.List
	compiler *cond.Compiler
	set      *Set
	names    map[string]bool
	sound    bool // the document at hand could be read: what it lacks is not there
}

func (l *loader) add(d *profileDoc) {
	doc := cond.Document{Compiler: l.compiler, Problems: l.problems}
	p := &profile{Info: Info{
		Name: d.Name.Value, Place: d.Place, File: d.Place.File, Line: d.Place.Line, DurationExpr: strings.TrimSpace(d.DurationExpr.Value),
		OnSuccess: d.OnSuccess.Value, OnFailure: d.OnFailure.Value, OnError: d.OnError.Value,
	}}
	switch {
	case p.Name == "":
		l.problems.Errorf(d.Place, "give it one: name: my_profile", "the profile has no name")
	case l.names[p.Name]:
		l.problems.Warnf(d.Name.At(0), "", "another profile is called %s already", p.Name)
	}
	l.names[p.Name] = true
	for _, f := range d.Filters {
		if strings.TrimSpace(f.Value) == "" {
			l.problems.Errorf(d.Keys["filters"], "write an expression, or remove it", "a filter is empty")
			continue
		}
		p.filters = append(p.filters, doc.Program(cond.KindProfile, f, cond.WantBool))
		p.Filters = append(p.Filters, strings.TrimSpace(f.Value))
	}
	if len(d.Filters) == 0 && l.sound {
		l.problems.Warnf(d.Place, "write filters: [\"true\"] for every alert", "the profile has no filters and never applies")
	}
	p.duration = doc.Program(cond.KindProfile, d.DurationExpr, cond.WantAny)
	for i := range d.Decisions {
		l.decision(p, d, &d.Decisions[i])
	}
	l.reactions(p, d)
	l.notifications(p, d)
	if d.Escalation != nil {
		l.escalation(p, d.Escalation)
	}
	if n := d.IPv6Network; n != nil {
		if *n < 32 || *n > 127 {
			l.problems.Errorf(d.Keys["ipv6_network"], "write 64, or 56 or 48", "ipv6_network is from 32 to 127, not %d", *n)
		}
		p.network = *n
	}
	if len(d.Decisions) == 0 && len(d.Notifications) == 0 && l.sound {
		l.problems.Warnf(d.Place, "add decisions or notifications", "the profile does nothing")
	}
	l.set.profiles = append(l.set.profiles, p)
}

func (l *loader) decision(p *profile, d *profileDoc, dd *decisionDoc) {
	t := template{typ: dd.Type.Value, duration: DefaultDuration, scope: tocsin.CanonicalScope(dd.Scope.Value), origin: dd.Origin.Value, simulated: dd.Simulated}
	if t.typ == "" {
		l.problems.Errorf(dd.Place, "add one, as in type: ban", "the decision has no type")
	}
	switch {
	case !dd.Duration.IsZero():
		t.duration = l.length(dd.Duration)
	case d.DurationExpr.IsZero() && l.sound:
		l.problems.Warnf(dd.Place, "add duration: 4h", "the decision has no duration; it lasts %s", DefaultDuration)
	}
	for _, ignored := range []struct {
		key  string
		text diag.Text
	}{{"value", dd.Value}, {"scenario", dd.Scenario}} {
		if !ignored.text.IsZero() {
			l.problems.Warnf(ignored.text.At(0), "remove it", "%s is not used: it is always the alert's", ignored.key)
		}
	}
	p.decisions = append(p.decisions, t)
	words := t.typ + " for " + t.duration.String()
	if t.scope != "" {
		words += " of scope " + t.scope
	}
	if t.simulated {
		words += ", simulated"
	}
	p.Decisions = append(p.Decisions, words)
}

// length reads a duration that is more than nothing.
func (l *loader) length(t diag.Text) time.Duration {
	d, err := parseDuration(t.Value)
	if err != nil {
		l.problems.Add(t.Problem(0, "", "%s", err))
	}
	return d
}

func parseDuration(s string) (time.Duration, error) {
	d, err := wire.ParseDuration(s)
	switch {
	case err != nil:
		return 0, err
	case d <= 0:
		return 0, fmt.Errorf("the duration %s is not more than nothing", short(s))
	}
	return d, nil
}

// short cuts a text of somebody else's for a message.
func short(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

func (l *loader) reactions(p *profile, d *profileDoc) {
	p.success = l.reaction(d.OnSuccess, "on_success", map[string]reaction{"": goOn, "continue": goOn, "break": stop})
	p.failure = l.reaction(d.OnFailure, "on_failure", map[string]reaction{"": goOn, "continue": goOn, "break": stop, "apply": goOn})
	if d.OnFailure.Value == "apply" {
		l.problems.Warnf(d.OnFailure.At(0), "write continue or break", "on_failure: apply has no effect")
	}
	p.fault = l.reaction(d.OnError, "on_error", map[string]reaction{"": stop, "break": stop, "continue": goOn, "ignore": goOn, "apply": apply})
}

func (l *loader) reaction(t diag.Text, key string, known map[string]reaction) reaction {
	r, ok := known[t.Value]
	if ok {
		return r
	}
	var names []string
	for name := range known {
		if name != "" && (name != "apply" || key == "on_error") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	hint := "write " + strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
	l.problems.Add(t.Problem(0, hint, "%s cannot be `%s`", key, short(t.Value)))
	return goOn
}

func (l *loader) notifications(p *profile, d *profileDoc) {
	for _, n := range d.Notifications {
		if n.Value == "" {
			l.problems.Errorf(d.Keys["notifications"], "remove it", "a notification has no name")
			continue
		}
		if !l.o.AnyNotification && !slices.Contains(l.o.Notifications, n.Value) {
			hint := "nothing is sent"
			if near := diag.Near(n.Value, l.o.Notifications); near != "" {
				hint = "did you mean " + near + "?"
			}
			l.problems.Warnf(n.At(0), hint, "there is no notification `%s`", short(n.Value))
		}
		p.Notifications = append(p.Notifications, n.Value)
	}
}

func (l *loader) escalation(p *profile, d *escalationDoc) {
	g := &growth{factor: d.Factor}
	for _, part := range []struct {
		key  string
		text diag.Text
		into *time.Duration
	}{{"window", d.Window, &g.window}, {"longest", d.Longest, &g.longest}} {
		if part.text.IsZero() {
			l.problems.Errorf(d.Place, "add "+part.key+": 7d", "the escalation has no %s", part.key)
			continue
		}
		*part.into = l.length(part.text)
	}
	if l.o.Past == nil {
		l.problems.Errorf(d.Place, "use it where the local API runs", "nothing is known of the past here")
	}
	if at, there := d.Keys["factor"]; !there || !(g.factor >= 1 && g.factor <= 1000) || math.IsNaN(g.factor) {
		if !there {
			at = d.Place
		}
		l.problems.Errorf(at, "write factor: 2", "the escalation's factor is from 1 to 1000")
	}
	p.growth = g
	p.Escalation = fmt.Sprintf("times %g for each time within %s, at most %s", g.factor, g.window, g.longest)
}
