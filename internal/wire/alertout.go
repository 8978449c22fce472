package wire

import (
	"encoding/json"
	"strconv"
	"time"

	"tocsin.example"
)

// Kept is an alert with what the local API knows of it.
type Kept struct {
	*tocsin.Alert
	ID        int64
	CreatedAt time.Time
	Machine   string // "" is written N/A, as CrowdSec names an alert without owner
}

// AppendAlert appends an alert as machines read it, with the time that its decisions have left at a moment. Evidence,
// which CrowdSec does not know, comes when there is some.
func AppendAlert(dst []byte, a Kept, at time.Time) []byte {
	dst = append(dst, `{"capacity":`...)
	dst = strconv.AppendInt(dst, int64(a.Capacity), 10)
	dst = append(dst, `,"created_at":`...)
	dst = appendTime(dst, a.CreatedAt)
	dst = append(dst, `,"decisions":`...)
	dst = appendList(dst, a.Decisions, func(dst []byte, d *tocsin.Decision) []byte { return AppendDecision(dst, d, at, InAlert) })
	dst = append(dst, `,"events":`...)
	dst = appendList(dst, a.Events, appendEvent)
	dst = append(dst, `,"events_count":`...)
	dst = strconv.AppendInt(dst, int64(a.EventsCount), 10)
	dst = appendEvidence(dst, a.Evidence)
	dst = append(dst, `,"id":`...)
	dst = strconv.AppendInt(dst, a.ID, 10)
	dst = appendUnlessEmpty(dst, `,"kind":`, a.Kind)
	dst = append(dst, `,"labels":null,"leakspeed":`...)
	dst = AppendString(dst, a.Leakspeed)
	dst = append(dst, `,"machine_id":`...)
	if a.Machine == "" {
		dst = append(dst, `"N/A"`...)
	} else {
		dst = AppendString(dst, a.Machine)
	}
	dst = append(dst, `,"message":`...)
	dst = AppendString(dst, a.Message)
	if len(a.Meta) > 0 {
		dst = append(dst, `,"meta":`...)
		dst = appendList(dst, a.Meta, appendMeta)
	}
	if a.Remediation {
		dst = append(dst, `,"remediation":true`...)
	}
	dst = append(dst, `,"scenario":`...)
	dst = AppendString(dst, a.Scenario)
	dst = append(dst, `,"scenario_hash":`...)
	dst = AppendString(dst, a.ScenarioHash)
	dst = append(dst, `,"scenario_version":`...)
	dst = AppendString(dst, a.ScenarioVersion)
	dst = append(dst, `,"simulated":`...)
	dst = strconv.AppendBool(dst, a.Simulated)
	dst = append(dst, `,"source":`...)
	dst = appendSource(dst, a.Source)
	dst = append(dst, `,"start_at":`...)
	dst = appendTime(dst, a.StartAt)
	dst = append(dst, `,"stop_at":`...)
	dst = appendTime(dst, a.StopAt)
	dst = append(dst, `,"uuid":`...)
	dst = AppendString(dst, a.UUID)
	return append(dst, '}')
}

func appendList[T any](dst []byte, list []T, one func([]byte, *T) []byte) []byte {
	dst = append(dst, '[')
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = one(dst, &list[i])
	}
	return append(dst, ']')
}

func appendEvent(dst []byte, e *tocsin.AlertEvent) []byte {
	dst = append(dst, `{"meta":`...)
	dst = appendList(dst, e.Meta, appendMeta)
	dst = append(dst, `,"timestamp":`...)
	stamp := e.Timestamp
	// The reference answers with what its language makes of a time, and people's scripts read that.
	if t, err := time.Parse(time.RFC3339Nano, stamp); err == nil {
		stamp = t.UTC().String()
	}
	dst = AppendString(dst, stamp)
	return append(dst, '}')
}

func appendMeta(dst []byte, m *tocsin.Meta) []byte {
	dst = append(dst, `{"key":`...)
	dst = AppendString(dst, m.Key)
	dst = appendUnlessEmpty(dst, `,"value":`, m.Value)
	return append(dst, '}')
}

func appendSource(dst []byte, s *tocsin.AlertSource) []byte {
	if s == nil {
		s = &tocsin.AlertSource{}
	}
	dst = append(dst, '{')
	start := len(dst)
	dst = appendUnlessEmpty(dst, `,"as_name":`, s.AsName)
	dst = appendUnlessEmpty(dst, `,"as_number":`, s.AsNumber)
	dst = appendUnlessEmpty(dst, `,"cn":`, s.Cn)
	dst = appendUnlessEmpty(dst, `,"ip":`, s.IP)
	dst = appendUnlessZero(dst, `,"latitude":`, s.Latitude)
	dst = appendUnlessZero(dst, `,"longitude":`, s.Longitude)
	dst = appendUnlessEmpty(dst, `,"range":`, s.Range)
	dst = append(dst, `,"scope":`...)
	dst = AppendString(dst, s.Scope)
	dst = append(dst, `,"value":`...)
	dst = AppendString(dst, s.Value)
	dst = append(dst[:start], dst[start+1:]...) // the first comma
	return append(dst, '}')
}

func appendUnlessEmpty(dst []byte, key, s string) []byte {
	if s == "" {
		return dst
	}
	return AppendString(append(dst, key...), s)
}

func appendUnlessZero(dst []byte, key string, v float32) []byte {
	if v == 0 || v != v || v-v != 0 { // nor what JSON cannot say
		return dst
	}
	return strconv.AppendFloat(append(dst, key...), float64(v), 'g', -1, 32)
}

func appendEvidence(dst []byte, e *tocsin.Evidence) []byte {
	if e == nil {
		return dst
	}
	b, err := json.Marshal(e)
	if err != nil { // only a level that is no number could do it
		return dst
	}
	return append(append(dst, `,"evidence":`...), b...)
}
