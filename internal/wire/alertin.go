package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"tocsin.example"
)

// alertIn is an alert as it comes. Pointers tell what is missing from what is empty.
type alertIn struct {
	UUID            string                 `json:"uuid"`
	Kind            string                 `json:"kind"`
	Scenario        *string                `json:"scenario"`
	ScenarioVersion *string                `json:"scenario_version"`
	ScenarioHash    *string                `json:"scenario_hash"`
	Message         *string                `json:"message"`
	EventsCount     *int                   `json:"events_count"`
	StartAt         *string                `json:"start_at"`
	StopAt          *string                `json:"stop_at"`
	Capacity        *int                   `json:"capacity"`
	Leakspeed       *string                `json:"leakspeed"`
	Simulated       *bool                  `json:"simulated"`
	Remediation     bool                   `json:"remediation"`
	Source          *sourceIn              `json:"source"`
	Events          present[List[eventIn]] `json:"events"`
	Meta            List[tocsin.Meta]      `json:"meta"`
	Labels          labels                 `json:"labels"`
	Decisions       List[decisionIn]       `json:"decisions"`
	Evidence        *tocsin.Evidence       `json:"evidence"`
}

type sourceIn struct {
	tocsin.AlertSource

	Scope *string `json:"scope"`
	Value *string `json:"value"`
}

type eventIn struct {
	Timestamp string            `json:"timestamp"`
	Meta      List[tocsin.Meta] `json:"meta"`
}

type decisionIn struct {
	UUID      string  `json:"uuid"`
	Origin    *string `json:"origin"`
	Type      *string `json:"type"`
	Scope     *string `json:"scope"`
	Value     *string `json:"value"`
	Scenario  *string `json:"scenario"`
	Duration  *string `json:"duration"`
	Until     string  `json:"until"` // of our own agents, instead of a duration
	Simulated bool    `json:"simulated"`
}

// present is a value that knows whether it was there.
type present[T any] struct {
	value T
	there bool
}

func (p *present[T]) UnmarshalJSON(b []byte) error {
	p.there = true
	return json.Unmarshal(b, &p.value)
}

// labels takes an object and passes over what else clients send.
type labels map[string]any

func (l *labels) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	return json.Unmarshal(b, (*map[string]any)(l))
}

// ReadAlerts reads the body of POST /v1/alerts: a list of alerts. Scopes get their usual spelling, what is too long in
// meta is cut, and a start or stop that is no time is now, as CrowdSec has it. A decision's Until is the alert's stop plus
// its duration.
//
// An error names the alert by its place in the list, from 0; it is an [InvalidError] when the JSON is sound.
func ReadAlerts(r io.Reader, now time.Time) ([]*tocsin.Alert, error) {
	d := json.NewDecoder(r)
	tok, err := d.Token()
	if err != nil {
		return nil, shorter(err)
	}
	if tok != json.Delim('[') {
		if tok == nil {
			return nil, atEnd(d)
		}
		return nil, errors.New("a list of alerts is expected")
	}
	out := []*tocsin.Alert{}
	bad := &InvalidError{}
	decisions := 0
	for d.More() {
		if len(out) == MaxAlerts {
			return nil, fmt.Errorf("more than %d alerts in one request: send them in several", MaxAlerts)
		}
		var in alertIn
		if err := d.Decode(&in); err != nil {
			return nil, fmt.Errorf("alert %d: %w", len(out), shorter(err))
		}
		if decisions += len(in.Decisions); decisions > MaxDecisions {
			return nil, fmt.Errorf("more than %d decisions in one request: send them in several", MaxDecisions)
		}
		out = append(out, in.alert(fmt.Sprintf("%d.", len(out)), now, bad))
	}
	if _, err := d.Token(); err != nil { // the end of the list
		return nil, shorter(err)
	}
	if err := atEnd(d); err != nil {
		return nil, err
	}
	return out, bad.err()
}

func shorter(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// missing notes the required keys that are not there.
func (in *alertIn) missing(at string, bad *InvalidError) {
	for _, k := range [...]struct {
		name  string
		there bool
	}{
		{"capacity", in.Capacity != nil},
		{"events", in.Events.there},
		{"events_count", in.EventsCount != nil},
		{"leakspeed", in.Leakspeed != nil},
		{"message", in.Message != nil},
		{"scenario", in.Scenario != nil},
		{"scenario_hash", in.ScenarioHash != nil},
		{"scenario_version", in.ScenarioVersion != nil},
		{"simulated", in.Simulated != nil},
		{"source", in.Source != nil},
		{"start_at", in.StartAt != nil},
		{"stop_at", in.StopAt != nil},
	} {
		if !k.there {
			bad.fault("%s%s in body is required", at, k.name)
		}
	}
	if in.Source != nil {
		required(at+"source.scope", in.Source.Scope, bad)
		required(at+"source.value", in.Source.Value, bad)
	}
}

func required(name string, s *string, bad *InvalidError) {
	if s == nil {
		bad.fault("%s in body is required", name)
	}
}

func (in *alertIn) alert(at string, now time.Time, bad *InvalidError) *tocsin.Alert {
	in.missing(at, bad)
	a := &tocsin.Alert{
		UUID:            short(at+"uuid", in.UUID, MaxUUID, bad),
		Kind:            cut(in.Kind, MaxName),
		Scenario:        short(at+"scenario", text(in.Scenario), MaxText, bad),
		ScenarioVersion: cut(text(in.ScenarioVersion), MaxName),
		ScenarioHash:    cut(text(in.ScenarioHash), MaxName),
		Message:         cut(text(in.Message), MaxMessage),
		StartAt:         moment(text(in.StartAt), now),
		StopAt:          moment(text(in.StopAt), now),
		Leakspeed:       cut(text(in.Leakspeed), MaxName),
		Remediation:     in.Remediation,
		Meta:            metas(in.Meta),
		Labels:          in.Labels,
		Evidence:        evidence(in.Evidence),
	}
	if in.EventsCount != nil {
		a.EventsCount = *in.EventsCount
	}
	if in.Capacity != nil {
		a.Capacity = *in.Capacity
	}
	if in.Simulated != nil {
		a.Simulated = *in.Simulated
	}
	if s := in.Source; s != nil {
		src := s.AlertSource
		src.Scope = short(at+"source.scope", Scope(text(s.Scope)), MaxName, bad)
		src.Value = short(at+"source.value", text(s.Value), MaxText, bad)
		for _, p := range []*string{&src.IP, &src.Range, &src.AsNumber, &src.AsName, &src.Cn} {
			*p = cut(*p, MaxName)
		}
		a.Source = &src
	}
	if len(in.Events.value) > MaxEvents {
		bad.fault("%sevents has more than %d elements", at, MaxEvents)
		return a
	}
	a.Events = make([]tocsin.AlertEvent, len(in.Events.value))
	for i, e := range in.Events.value {
		a.Events[i] = tocsin.AlertEvent{Timestamp: cut(e.Timestamp, MaxName), Meta: metas(e.Meta)}
	}
	in.decisions(a, at, bad)
	return a
}

func (in *alertIn) decisions(a *tocsin.Alert, at string, bad *InvalidError) {
	if len(in.Decisions) == 0 {
		return
	}
	a.Decisions = make([]tocsin.Decision, len(in.Decisions))
	for i := range in.Decisions {
		// Places are made only for those that need one.
		if fine, ok := in.Decisions[i].decision(a.StopAt); ok {
			a.Decisions[i] = fine
			continue
		}
		in.Decisions[i].explain(fmt.Sprintf("%sdecisions.%d.", at, i), bad)
	}
}

// decision converts, false when something is wrong.
func (in *decisionIn) decision(stop time.Time) (tocsin.Decision, bool) {
	for _, s := range [...]*string{in.Origin, in.Type, in.Scope} {
		if s == nil || len(*s) > MaxName {
			return tocsin.Decision{}, false
		}
	}
	for _, s := range [...]*string{in.Value, in.Scenario} {
		if s == nil || len(*s) > MaxText {
			return tocsin.Decision{}, false
		}
	}
	until, err := in.until(stop)
	if err != nil || len(in.UUID) > MaxUUID {
		return tocsin.Decision{}, false
	}
	return tocsin.Decision{
		UUID: in.UUID, Origin: *in.Origin, Type: *in.Type, Scope: Scope(*in.Scope), Value: *in.Value,
		Scenario: *in.Scenario, Until: until, Simulated: in.Simulated,
	}, true
}

func (in *decisionIn) until(stop time.Time) (time.Time, error) {
	if in.Duration == nil {
		t, err := time.Parse(time.RFC3339Nano, in.Until)
		if err != nil || t.Year() < 1970 || t.Year() > maxYear+100 {
			return time.Time{}, errors.New("duration in body is required")
		}
		return t.UTC(), nil
	}
	d, err := ParseDuration(*in.Duration)
	if err != nil {
		return time.Time{}, err
	}
	return stop.Add(d), nil
}

func (in *decisionIn) explain(at string, bad *InvalidError) {
	for _, k := range [...]struct {
		name string
		s    *string
		max  int
	}{
		{"origin", in.Origin, MaxName},
		{"scenario", in.Scenario, MaxText},
		{"scope", in.Scope, MaxName},
		{"type", in.Type, MaxName},
		{"value", in.Value, MaxText},
		{"uuid", &in.UUID, MaxUUID},
	} {
		required(at+k.name, k.s, bad)
		short(at+k.name, text(k.s), k.max, bad)
	}
	switch _, err := in.until(time.Time{}); {
	case err == nil:
	case in.Duration == nil:
		bad.fault("%sduration in body is required", at)
	default:
		bad.fault("%sduration: %v", at, err)
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// short refuses what is longer than n bytes.
func short(name, s string, n int, bad *InvalidError) string {
	if len(s) <= n {
		return s
	}
	bad.fault("%s in body should be at most %d bytes long", name, n)
	return ""
}

// maxYear is the last in which something may have happened; its decisions end within [MaxDuration] of it, which is less
// than what nanoseconds in 64 bits can count.
const maxYear = 2100

// moment reads an RFC 3339 time, else it is now.
func moment(s string, now time.Time) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1970 || t.Year() > maxYear {
		return now.UTC()
	}
	return t.UTC()
}

func metas(in []tocsin.Meta) []tocsin.Meta {
	for i, m := range in {
		if len(m.Key) > MaxName || len(m.Value) > MaxMeta {
			in[i] = tocsin.Meta{Key: cut(m.Key, MaxName), Value: cut(m.Value, MaxMeta)}
		}
	}
	return in
}

// evidence keeps within what the noun promises.
func evidence(e *tocsin.Evidence) *tocsin.Evidence {
	if e == nil {
		return nil
	}
	room := tocsin.MaxEvidenceBytes
	for i, l := range e.Lines {
		room -= len(l.Raw)
		for _, m := range l.Parsed {
			room -= len(m.Key) + len(m.Value)
		}
		if room < 0 || i == tocsin.MaxEvidenceLines {
			e.Omitted += len(e.Lines) - i
			e.Lines = e.Lines[:i]
			break
		}
	}
	if len(e.Parents) > tocsin.MaxEvidenceLines {
		e.Parents = e.Parents[:tocsin.MaxEvidenceLines]
	}
	for _, p := range []*string{
		&e.Rule.Name, &e.Rule.Version, &e.Rule.Hash, &e.Rule.File, &e.Rule.Filter,
		&e.Bucket.Type, &e.Bucket.GroupKey, &e.Bucket.Leakspeed, &e.Bucket.Reason,
	} {
		*p = cut(*p, MaxMessage)
	}
	return e
}
