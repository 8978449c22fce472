package admin

import (
	"cmp"
	"time"

	"tocsin.example"
	"tocsin.example/client"
	"tocsin.example/internal/store"
	"tocsin.example/internal/wire"
)

// alert is an alert as it is answered.
func alert(a *store.Alert, now time.Time) client.Alert {
	out := client.Alert{
		Capacity: a.Capacity, CreatedAt: a.CreatedAt, Decisions: make([]client.Decision, len(a.Decisions)),
		Events: make([]client.Event, len(a.Events)), EventsCount: a.EventsCount, Evidence: evidence(a.Evidence), ID: a.ID, Kind: a.Kind,
		Late: a.Late, Leakspeed: a.Leakspeed, Machine: cmp.Or(a.Machine, "N/A"), Message: a.Message, Meta: metas(a.Meta),
		Remediation: a.Remediation, Scenario: a.Scenario, ScenarioHash: a.ScenarioHash, ScenarioVersion: a.ScenarioVersion,
		Shadow: a.Shadow, Simulated: a.Simulated, StartAt: a.StartAt, StopAt: a.StopAt, UUID: a.UUID,
	}
	if s := a.Source; s != nil {
		out.Source = client.Source{
			ASName: s.AsName, ASNumber: s.AsNumber, Country: s.Cn, IP: s.IP, Latitude: s.Latitude, Longitude: s.Longitude,
			Range: s.Range, Scope: s.Scope, Value: s.Value,
		}
	}
	for i, d := range a.Decisions {
		out.Decisions[i] = decision(d, now)
	}
	for i, e := range a.Events {
		out.Events[i] = client.Event{Meta: metas(e.Meta), Timestamp: e.Timestamp}
	}
	return out
}

func decision(d tocsin.Decision, now time.Time) client.Decision {
	return client.Decision{
		Duration: string(wire.AppendSeconds(nil, d.Until.Sub(now))), ID: d.ID, Origin: d.Origin, Scenario: d.Scenario, Scope: d.Scope,
		Simulated: d.Simulated, Type: d.Type, Until: d.Until, UUID: d.UUID, Value: d.Value,
	}
}

func decisions(list []tocsin.Decision, now time.Time) []client.Decision {
	out := make([]client.Decision, len(list))
	for i, d := range list {
		out[i] = decision(d, now)
	}
	return out
}

func metas(list []tocsin.Meta) []client.Meta {
	out := make([]client.Meta, len(list))
	for i, m := range list {
		out[i] = client.Meta(m)
	}
	return out
}

func evidence(e *tocsin.Evidence) *client.Evidence {
	if e == nil {
		return nil
	}
	out := &client.Evidence{
		Rule: client.EvidenceRule(e.Rule), Bucket: client.EvidenceBucket(e.Bucket), Lines: make([]client.EvidenceLine, len(e.Lines)),
		Omitted: e.Omitted, Parents: e.Parents,
	}
	for i, l := range e.Lines {
		out.Lines[i] = client.EvidenceLine{
			Number: l.Number, Source: l.Source, Time: l.Time, Level: l.Level, Raw: l.Raw, Cut: l.Cut, Parsed: metas(l.Parsed),
		}
	}
	return out
}
