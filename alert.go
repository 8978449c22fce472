package tocsin

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// Scopes that the engine knows by name. Others are free text.
const (
	ScopeIP    = "Ip"
	ScopeRange = "Range"
)

// Alert is what one scenario has to say about one source. Its fields and methods are those that rules, profiles and
// templates written for CrowdSec see, with plain values where those have pointers; its JSON is the object of
// POST /v1/alerts with our uuid and evidence added.
type Alert struct {
	// UUID is stable: the same rules, input and installation give the same one (see [AlertID]).
	UUID            string       `json:"uuid"`
	Kind            string       `json:"kind"`
	Scenario        string       `json:"scenario"`
	ScenarioVersion string       `json:"scenario_version"`
	ScenarioHash    string       `json:"scenario_hash"`
	Message         string       `json:"message"`
	EventsCount     int          `json:"events_count"` // all that were poured; may exceed len(Events)
	StartAt         time.Time    `json:"start_at"`
	StopAt          time.Time    `json:"stop_at"`
	Capacity        int          `json:"capacity"`
	Leakspeed       string       `json:"leakspeed"` // Go duration, "0s" for none
	Simulated       bool         `json:"simulated"`
	Remediation     bool         `json:"remediation"`
	Source          *AlertSource `json:"source"`
	Events          []AlertEvent `json:"events"`
	Meta            []Meta       `json:"meta,omitempty"` // the alert context
	// Labels are the scenario's labels as they stand in its document.
	Labels    map[string]any `json:"labels,omitempty"`
	Decisions []Decision     `json:"decisions,omitempty"`
	Evidence  *Evidence      `json:"evidence,omitempty"`
}

// AlertSource is who did it.
type AlertSource struct {
	Scope     string  `json:"scope"`
	Value     string  `json:"value"`
	IP        string  `json:"ip,omitempty"`
	Range     string  `json:"range,omitempty"`
	AsNumber  string  `json:"as_number,omitempty"`
	AsName    string  `json:"as_name,omitempty"`
	Cn        string  `json:"cn,omitempty"` // ISO 3166 country code
	Latitude  float32 `json:"latitude,omitempty"`
	Longitude float32 `json:"longitude,omitempty"`
}

// GetScope returns the scope, for expressions.
func (s AlertSource) GetScope() string { return s.Scope }

// GetValue returns the value, for expressions.
func (s AlertSource) GetValue() string { return s.Value }

// GetAsNumberName returns number and name of the AS, "" without a number, for expressions.
func (s AlertSource) GetAsNumberName() string {
	if s.AsNumber == "" || s.AsNumber == "0" {
		return ""
	}
	return s.AsNumber + " " + s.AsName
}

// String names the source for people.
func (s AlertSource) String() string {
	if s.Value == "" {
		return "unknown source"
	}
	return s.Value
}

// Meta is one key and value of an event or an alert.
type Meta struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// AlertEvent is one event that filled the bucket.
type AlertEvent struct {
	Timestamp string `json:"timestamp"` // RFC 3339
	Meta      []Meta `json:"meta"`      // sorted by key
}

// GetMeta returns the value of a key, "" when absent.
func (e AlertEvent) GetMeta(key string) string {
	for _, m := range e.Meta {
		if m.Key == key {
			return m.Value
		}
	}
	return ""
}

// GetScope returns the source's scope, "" without source, for expressions.
func (a *Alert) GetScope() string {
	if a == nil || a.Source == nil {
		return ""
	}
	return a.Source.Scope
}

// GetValue returns the source's value, "" without source, for expressions.
func (a *Alert) GetValue() string {
	if a == nil || a.Source == nil {
		return ""
	}
	return a.Source.Value
}

// GetScenario returns the scenario's name, for expressions.
func (a *Alert) GetScenario() string {
	if a == nil {
		return ""
	}
	return a.Scenario
}

// GetEventsCount returns how many events were poured, for expressions.
func (a *Alert) GetEventsCount() int {
	if a == nil {
		return 0
	}
	return a.EventsCount
}

// GetMeta returns the first non-empty value of a key among the events, "" when there is none.
func (a *Alert) GetMeta(key string) string {
	if a == nil {
		return ""
	}
	for _, e := range a.Events {
		if v := e.GetMeta(key); v != "" {
			return v
		}
	}
	return ""
}

// Limits of the evidence that travels with an alert.
const (
	MaxEvidenceLines = 100
	MaxEvidenceBytes = 64 << 10
)

// Evidence proves an alert: the rule that fired, the lines it fired on and how they filled the bucket. It holds at most
// [MaxEvidenceLines] lines and [MaxEvidenceBytes] bytes of text; what did not fit is counted.
type Evidence struct {
	Rule    EvidenceRule   `json:"rule"`
	Bucket  EvidenceBucket `json:"bucket"`
	Lines   []EvidenceLine `json:"lines"`
	Omitted int            `json:"omitted"` // events that are not among Lines
	// Parents are the uuids of the alerts that a reprocessed overflow came from.
	Parents []string `json:"parents,omitempty"`
}

// EvidenceRule identifies the rule document that fired.
type EvidenceRule struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Hash     string `json:"hash"`     // SHA-256 of the file, hex
	File     string `json:"file"`     // where it was loaded from
	Document int    `json:"document"` // index in the file, from 0
	Filter   string `json:"filter"`
}

// EvidenceBucket says which bucket overflowed and why.
type EvidenceBucket struct {
	Type      string `json:"type"`
	GroupKey  string `json:"group_key"`
	Capacity  int    `json:"capacity"`
	Leakspeed string `json:"leakspeed"`
	Reason    string `json:"reason"` // in words: "6 events in 12s, capacity 5, one leaks every 10s"
}

// EvidenceLine is one event as evidence.
type EvidenceLine struct {
	Number uint64    `json:"number"` // in the process-wide input sequence, from 1
	Source string    `json:"source"`
	Time   time.Time `json:"time"`             // when it poured
	Level  float64   `json:"level"`            // how full the bucket was after it, in events
	Raw    string    `json:"raw"`              // the line, cut to the limit
	Cut    int       `json:"cut,omitempty"`    // bytes of Raw that are missing
	Parsed []Meta    `json:"parsed,omitempty"` // captured fields, sorted by key
}

// AlertKey is what an alert's identity is made of.
type AlertKey struct {
	Installation string   // the installation's own id
	RuleDigest   [32]byte // SHA-256 of the rule's file
	Document     int      // index of the rule in its file
	GroupKey     string
	First, Last  uint64   // numbers of the first and the last line that filled the bucket
	Parents      []string // uuids of the overflows that filled it, instead of lines
	Scope, Value string
}

// AlertID returns the stable uuid of an alert: an RFC 9562 version 8 UUID over the SHA-256 of the key's parts, each
// with its length in front. The API keeps it unique, so that an alert that is sent twice takes effect once.
func AlertID(k AlertKey) string {
	h := sha256.New()
	part := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	number := func(v uint64) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], v)
		h.Write(n[:])
	}
	part([]byte("tocsin alert 1"))
	part([]byte(k.Installation))
	part(k.RuleDigest[:])
	number(uint64(k.Document)) //nolint:gosec // an index is never negative
	part([]byte(k.GroupKey))
	number(k.First)
	number(k.Last)
	number(uint64(len(k.Parents)))
	for _, p := range k.Parents {
		part([]byte(p))
	}
	part([]byte(k.Scope))
	part([]byte(k.Value))
	sum := h.Sum(nil)[:16]
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
