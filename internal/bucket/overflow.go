package bucket

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
	"tocsin.example/internal/slab"
)

// Overflow is a bucket that ran over, with its alerts, one for each source.
type Overflow struct {
	Scenario *Scenario
	// Num is the number of the line that caused it.
	Num uint64
	At  time.Time
	// Clock is that of the event that caused it, and a reprocessed overflow pours by it.
	Clock tocsin.Clock
	// Arrived is when that event arrived.
	Arrived time.Time
	// View is the overflow as rules see it; the alerts are View.APIAlerts, sorted by the value of their source.
	View event.Overflow
}

// overflow makes the overflow of a bucket, unless it is discarded.
func (s *Store) overflow(b *bucket, id slab.Digest, at time.Time, why reason) *Overflow {
	o := &Overflow{Scenario: b.s, Num: b.lastNum, At: at, Clock: b.clockKind, Arrived: b.arrived}
	sources, err := s.sourcesOf(b)
	if err != nil || len(sources) == 0 {
		s.Counters.NoSource++
		return nil
	}
	o.View = event.Overflow{Mapkey: b.key, BucketId: bucketID(b), Reprocess: b.s.reprocess, Sources: sources}
	o.View.APIAlerts = s.alerts(b, sources, at, why.text(b))
	o.View.Alert = &o.View.APIAlerts[0]
	if !s.kept(b, o) {
		s.Counters.Filtered++
		return nil
	}
	s.digHole(b.s, id, at)
	s.Counters.Overflowed++
	return o
}

// bucketID names a bucket for rules; it is as stable as the input.
func bucketID(b *bucket) string {
	return fmt.Sprintf("%s/%d/%d", b.s.Name, b.s.Document, b.firstNum)
}

// kept asks the overflow filter; one that fails, or gives no boolean, keeps the overflow.
func (s *Store) kept(b *bucket, o *Overflow) bool {
	if b.s.overflowFilter == nil {
		return true
	}
	env := s.envOf(b, nil)
	env.Leaky.Ovflw_ts = o.At
	env.Signal = &o.View
	v, err := b.s.overflowFilter.Eval(s.run, env)
	if err != nil {
		s.Counters.ExprErrors++
		return true
	}
	keep, isBool := v.(bool)
	return keep || !isBool
}

// sourcesOf collects who did it from the events that the bucket retained.
func (s *Store) sourcesOf(b *bucket) (map[string]*tocsin.AlertSource, error) {
	out := map[string]*tocsin.AlertSource{}
	for _, k := range b.view {
		if k.Type == event.TypeOverflow {
			if err := s.inherit(out, b.s, k); err != nil {
				return nil, err
			}
			continue
		}
		src, err := s.sourceOf(b, k)
		if err != nil {
			return nil, err
		}
		s.add(out, src)
	}
	return out, nil
}

// add adds a source; of those with one value the last one stays.
func (s *Store) add(out map[string]*tocsin.AlertSource, src tocsin.AlertSource) {
	if out[src.Value] == nil && len(out) >= MaxSources {
		s.Counters.SourcesLost++
		return
	}
	if there := out[src.Value]; there != nil {
		*there = src
		return
	}
	there := new(tocsin.AlertSource) // not src itself, which would then be allocated each time
	*there = src
	out[src.Value] = there
}

// inherit takes over the sources of a reprocessed overflow: those of the same scope, and addresses as their ranges.
func (s *Store) inherit(out map[string]*tocsin.AlertSource, sc *Scenario, k *event.Kept) error {
	for _, v := range slices.Sorted(maps.Keys(k.Overflow.Sources)) {
		src := *k.Overflow.Sources[v]
		if src.Scope == sc.scope {
			s.add(out, src)
			continue
		}
		if sc.scope != tocsin.ScopeRange || src.Scope != tocsin.ScopeIP || src.Range == "" {
			return fmt.Errorf("an overflow of scope %s has no source of scope %s", src.Scope, sc.scope)
		}
		src.Scope, src.Value = tocsin.ScopeRange, src.Range
		s.add(out, src)
	}
	return nil
}

func (s *Store) sourceOf(b *bucket, k *event.Kept) (tocsin.AlertSource, error) {
	src := tocsin.AlertSource{Scope: b.s.scope}
	if src.Scope != tocsin.ScopeIP && src.Scope != tocsin.ScopeRange {
		src.Value = s.scopeValue(b, k)
		return src, nil
	}
	src.IP = k.Meta["source_ip"] // in its one spelling, see event.Event.Set
	if a, err := netip.ParseAddr(src.IP); err != nil || a.Zone() != "" {
		return src, fmt.Errorf("source_ip is no address: %q", src.IP)
	}
	src.AsNumber, src.AsName = k.Enriched["ASNumber"], k.Enriched["ASNOrg"]
	src.Cn = k.Enriched["IsoCode"]
	src.Latitude, src.Longitude = degrees(k.Enriched["Latitude"]), degrees(k.Enriched["Longitude"])
	if text := k.Meta["SourceRange"]; text != "" {
		if p, err := netip.ParsePrefix(text); err == nil {
			src.Range = p.String()
		}
	}
	switch {
	case src.Scope == tocsin.ScopeIP:
		src.Value = src.IP
	case b.s.scopeExpr != nil:
		src.Value = s.scopeValue(b, k)
	default:
		src.Value = src.Range
	}
	if src.Value == "" {
		return src, fmt.Errorf("the range of %s is not known", src.IP)
	}
	return src, nil
}

// scopeValue evaluates the scope's expression on a retained event; one that fails gives "".
func (s *Store) scopeValue(b *bucket, k *event.Kept) string {
	s.env = cond.Env{Evt: &k.View} // not the event at hand, which a condition may have been asked of
	text, err := b.s.scopeExpr.String(s.run, &s.env)
	if err != nil {
		s.Counters.ExprErrors++
		return ""
	}
	return cut(text, MaxKey)
}

func degrees(s string) float32 {
	if s == "" {
		return 0 // an error costs an allocation
	}
	f, err := strconv.ParseFloat(s, 32)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) { // which JSON cannot hold
		return 0
	}
	return float32(f)
}

// alerts makes one alert for each source.
func (s *Store) alerts(b *bucket, sources map[string]*tocsin.AlertSource, at time.Time, reason string) []tocsin.Alert {
	sc := b.s
	leak := sc.leak.String()
	proto := tocsin.Alert{
		Kind: "crowdsec", Scenario: sc.Name, ScenarioVersion: sc.File.Version, ScenarioHash: sc.File.Hash(),
		EventsCount: b.total, StartAt: b.first, StopAt: at, Capacity: sc.capacity, Leakspeed: leak,
		Simulated: sc.Simulated, Remediation: sc.Remediation, Labels: sc.Labels,
		Events: eventsOf(b), Evidence: evidenceOf(b, reason), Meta: s.contextOf(b),
	}
	values := slices.Sorted(maps.Keys(sources))
	who := fmt.Sprintf("%d sources", len(values))
	if len(values) == 1 {
		who = values[0]
	}
	proto.Message = fmt.Sprintf("%s %s performed '%s' (%d events over %s) at %s",
		sc.scope, who, sc.Name, b.total, at.Sub(b.first), b.last.UTC().Format("2006-01-02 15:04:05.999999999 -0700 MST"))
	var out []tocsin.Alert
	for _, v := range values {
		a := proto
		src := sources[v]
		a.Source = src
		a.UUID = tocsin.AlertID(tocsin.AlertKey{
			Installation: s.Installation, RuleDigest: sc.File.Digest, Document: sc.Document, GroupKey: b.key,
			First: b.firstNum, Last: b.lastNum, Parents: proto.Evidence.Parents, Scope: src.Scope, Value: src.Value,
		})
		out = append(out, a)
	}
	return out
}

// eventsOf lists the retained events with their meta fields.
func eventsOf(b *bucket) []tocsin.AlertEvent {
	out := make([]tocsin.AlertEvent, 0, len(b.view))
	for _, k := range b.view {
		stamp := k.MarshaledTime
		if stamp == "" {
			stamp = event.FormatTime(k.Time)
		}
		out = append(out, tocsin.AlertEvent{Timestamp: stamp, Meta: sorted(k.Meta)})
	}
	return out
}

func sorted(m map[string]string) []tocsin.Meta {
	out := make([]tocsin.Meta, 0, len(m))
	for k, v := range m {
		out = append(out, tocsin.Meta{Key: k, Value: v})
	}
	slices.SortFunc(out, func(a, b tocsin.Meta) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// evidenceOf proves an overflow with the events that the bucket retained, the latest ones first to get a place.
func evidenceOf(b *bucket, reason string) *tocsin.Evidence {
	sc := b.s
	e := &tocsin.Evidence{
		Rule: tocsin.EvidenceRule{
			Name: sc.Name, Version: sc.File.Version, Hash: sc.File.Hash(), File: sc.File.Path, Document: sc.Document,
			Filter: sc.filterSrc,
		},
		Bucket: tocsin.EvidenceBucket{
			Type: string(sc.Type), GroupKey: b.key, Capacity: sc.capacity, Leakspeed: sc.leak.String(), Reason: reason,
		},
	}
	e.Lines = slices.Grow(e.Lines, min(len(b.queue), tocsin.MaxEvidenceLines))
	left := tocsin.MaxEvidenceBytes
	for i := len(b.queue) - 1; i >= 0; i-- {
		p := &b.queue[i]
		for _, parent := range p.Event.Parents {
			if !slices.Contains(e.Parents, parent) {
				e.Parents = append(e.Parents, parent)
			}
		}
		if len(e.Lines) >= tocsin.MaxEvidenceLines || left <= 0 {
			continue
		}
		e.Lines = append(e.Lines, evidenceLine(p, &left))
	}
	slices.Reverse(e.Lines)
	slices.Reverse(e.Parents)
	e.Omitted = b.total - len(e.Lines)
	return e
}

// evidenceLine writes one event as evidence and takes its size off what is left.
func evidenceLine(p *Poured, left *int) tocsin.EvidenceLine {
	k := p.Event
	line := tocsin.EvidenceLine{Number: k.Num, Source: k.Line.Src, Time: p.At, Level: p.Level, Raw: cut(k.Line.Raw, *left)}
	line.Cut = k.Cut + len(k.Line.Raw) - len(line.Raw)
	if *left -= len(line.Raw); len(line.Raw) < len(k.Line.Raw) {
		*left = 0 // what is left of a character is no room
	}
	parsed := sorted(k.Parsed)
	kept := parsed[:0]
	for _, m := range parsed {
		if size := len(m.Key) + len(m.Value); m.Value != "" && m.Value != k.Line.Raw && size <= *left {
			kept = append(kept, m)
			*left -= size
		}
	}
	if len(kept) > 0 {
		line.Parsed = kept
	}
	return line
}

// cut cuts a text to a number of bytes, without a part of a character at its end.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit
	for end > 0 && end > limit-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
