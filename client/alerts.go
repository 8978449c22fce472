package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Page is a part of a list. Next is what to give as After for the part that follows, "" at the end.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// Alert is what one scenario had to say about one source, with the decisions made for it. Its JSON is CrowdSec's, with
// late, shadow and evidence added.
type Alert struct {
	Capacity  int        `json:"capacity"`
	CreatedAt time.Time  `json:"created_at"`
	Decisions []Decision `json:"decisions"`
	// Counts says how many decisions there are of each type, where it was asked for instead of them.
	Counts          map[string]int `json:"decision_counts,omitempty"`
	Events          []Event        `json:"events"`
	EventsCount     int            `json:"events_count"`
	Evidence        *Evidence      `json:"evidence,omitempty"`
	ID              int64          `json:"id"`
	Kind            string         `json:"kind"`
	Labels          []string       `json:"labels"` // always null, as CrowdSec has it
	Late            bool           `json:"late,omitempty"`
	Leakspeed       string         `json:"leakspeed"`
	Machine         string         `json:"machine_id"` // "" for the server itself
	Message         string         `json:"message"`
	Meta            []Meta         `json:"meta,omitempty"`
	Remediation     bool           `json:"remediation"`
	Scenario        string         `json:"scenario"`
	ScenarioHash    string         `json:"scenario_hash"`
	ScenarioVersion string         `json:"scenario_version"`
	Shadow          bool           `json:"shadow,omitempty"` // a trial of its scenario, without effect
	Simulated       bool           `json:"simulated"`
	Source          Source         `json:"source"`
	StartAt         time.Time      `json:"start_at"`
	StopAt          time.Time      `json:"stop_at"`
	UUID            string         `json:"uuid"`
}

// Source is who did it.
type Source struct {
	ASName    string  `json:"as_name,omitempty"`
	ASNumber  string  `json:"as_number,omitempty"`
	Country   string  `json:"cn,omitempty"` // ISO 3166
	IP        string  `json:"ip,omitempty"`
	Latitude  float32 `json:"latitude,omitempty"`
	Longitude float32 `json:"longitude,omitempty"`
	Range     string  `json:"range,omitempty"`
	Scope     string  `json:"scope"`
	Value     string  `json:"value"`
}

// AS is number and name of the autonomous system, "" when it is not known.
func (s Source) AS() string {
	if s.ASNumber == "" || s.ASNumber == "0" {
		return ""
	}
	return s.ASNumber + " " + s.ASName
}

// Event is one event of an alert.
type Event struct {
	Meta      []Meta `json:"meta"`
	Timestamp string `json:"timestamp"`
}

// Meta is a key and its value.
type Meta struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Evidence proves an alert: the rule, the lines and how they filled the bucket.
type Evidence struct {
	Rule    EvidenceRule   `json:"rule"`
	Bucket  EvidenceBucket `json:"bucket"`
	Lines   []EvidenceLine `json:"lines"`
	Omitted int            `json:"omitted"` // events that are not among Lines
	Parents []string       `json:"parents,omitempty"`
}

// EvidenceRule identifies the rule that fired.
type EvidenceRule struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Hash     string `json:"hash"` // SHA-256 of the file, hex
	File     string `json:"file"`
	Document int    `json:"document"`
	Filter   string `json:"filter"`
}

// EvidenceBucket says which bucket overflowed and why.
type EvidenceBucket struct {
	Type      string `json:"type"`
	GroupKey  string `json:"group_key"`
	Capacity  int    `json:"capacity"`
	Leakspeed string `json:"leakspeed"`
	Reason    string `json:"reason"` // in words
}

// EvidenceLine is one line of a log.
type EvidenceLine struct {
	Number uint64    `json:"number"`
	Source string    `json:"source"`
	Time   time.Time `json:"time"`
	Level  float64   `json:"level"`
	Raw    string    `json:"raw"`
	Cut    int       `json:"cut,omitempty"` // bytes of Raw that are missing
	Parsed []Meta    `json:"parsed,omitempty"`
}

// AlertFilter says which alerts are meant. What is zero asks nothing.
type AlertFilter struct {
	IDs          []int64
	Prefix       string // an address or a range: alerts on what holds it, or with Inside, lies inside it
	Inside       bool
	Scope, Value string
	Scenario     string
	Machine      string
	Kind         string
	Origin       string    // has a decision of this origin
	Type         string    // has a decision of this type
	Since, Until time.Time // when it began
	Active       *bool     // has a decision in force, or has none
	Simulated    *bool
	Central      bool // with those from the central and from lists
	Events       bool // with events and evidence
	Counts       bool // decisions are only counted: an import has thousands
	Oldest       bool // oldest first
	Limit        int  // of one page, 0 for the server's choice
	After        string
}

// IsZero says whether the filter chooses no alerts among all.
func (f AlertFilter) IsZero() bool { return len(f.choice()) == 0 }

func (f AlertFilter) choice() url.Values {
	q := query{}
	q.numbers("id", f.IDs)
	q.text("prefix", f.Prefix)
	q.flag("inside", f.Inside)
	q.text("scope", f.Scope)
	q.text("value", f.Value)
	q.text("scenario", f.Scenario)
	q.text("machine", f.Machine)
	q.text("kind", f.Kind)
	q.text("origin", f.Origin)
	q.text("type", f.Type)
	q.time("since", f.Since)
	q.time("until", f.Until)
	q.maybe("active", f.Active)
	q.maybe("simulated", f.Simulated)
	return url.Values(q)
}

func (f AlertFilter) values() url.Values {
	q := query(f.choice())
	q.flag("central", f.Central)
	q.flag("events", f.Events)
	q.flag("counts", f.Counts)
	q.flag("oldest", f.Oldest)
	q.number("limit", f.Limit)
	q.text("after", f.After)
	return url.Values(q)
}

// Alerts returns a page of alerts, newest first.
func (c *Client) Alerts(ctx context.Context, f AlertFilter) (p Page[Alert], err error) {
	err = c.call(ctx, http.MethodGet, "/alerts", f.values(), nil, &p)
	return p, err
}

// Alert returns one alert with its events and evidence.
func (c *Client) Alert(ctx context.Context, id int64) (a Alert, err error) {
	err = c.call(ctx, http.MethodGet, "/alerts/"+strconv.FormatInt(id, 10), nil, nil, &a)
	return a, err
}

// Deleted counts what was deleted.
type Deleted struct {
	Deleted int `json:"deleted"`
}

// DeleteAlerts deletes alerts and ends their decisions. A filter that chooses nothing is refused unless all is true.
func (c *Client) DeleteAlerts(ctx context.Context, f AlertFilter, all bool) (d Deleted, err error) {
	q := query(f.choice())
	q.flag("all", all)
	err = c.call(ctx, http.MethodDelete, "/alerts", url.Values(q), nil, &d)
	return d, err
}

// DeleteAlert deletes one alert and ends its decisions.
func (c *Client) DeleteAlert(ctx context.Context, id int64) error {
	return c.call(ctx, http.MethodDelete, "/alerts/"+strconv.FormatInt(id, 10), nil, nil, nil)
}

// Flush is what to keep of alerts. What is zero bounds nothing. Alerts with a decision in force stay.
type Flush struct {
	MaxItems int    `json:"max_items,omitempty"`
	MaxAge   string `json:"max_age,omitempty"` // "30d", "12h"
}

// FlushAlerts forgets old alerts.
func (c *Client) FlushAlerts(ctx context.Context, f Flush) (d Deleted, err error) {
	err = c.call(ctx, http.MethodPost, "/alerts/flush", nil, f, &d)
	return d, err
}

// query builds the parameters of a request; what is zero is left out.
type query url.Values

func (q query) set(k, v string) { q[k] = append(q[k], v) }

func (q query) text(k, v string) {
	if v != "" {
		q.set(k, v)
	}
}

func (q query) flag(k string, v bool) {
	if v {
		q.set(k, "true")
	}
}

func (q query) maybe(k string, v *bool) {
	if v != nil {
		q.set(k, strconv.FormatBool(*v))
	}
}

func (q query) number(k string, v int) {
	if v != 0 {
		q.set(k, strconv.Itoa(v))
	}
}

func (q query) numbers(k string, v []int64) {
	for _, n := range v {
		q.set(k, strconv.FormatInt(n, 10))
	}
}

func (q query) time(k string, v time.Time) {
	if !v.IsZero() {
		q.set(k, v.UTC().Format(time.RFC3339Nano))
	}
}
