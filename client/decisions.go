package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Decision is what is to be done about everything that scope and value name. Its JSON is CrowdSec's, with until added.
type Decision struct {
	Duration  string    `json:"duration"` // what is left of it, "3h59m59s"; negative when it is over
	ID        int64     `json:"id"`
	Origin    string    `json:"origin"`
	Scenario  string    `json:"scenario"`
	Scope     string    `json:"scope"`
	Simulated bool      `json:"simulated"`
	Type      string    `json:"type"`
	Until     time.Time `json:"until"`
	UUID      string    `json:"uuid,omitempty"`
	Value     string    `json:"value"`
}

// DecisionFilter says which decisions in force are meant. What is zero asks nothing.
type DecisionFilter struct {
	IDs                    []int64
	UUID                   string
	Prefix                 string // an address or a range: decisions that hold it, or with Inside, lie inside it
	Inside                 bool
	Scope, Value           string
	Type, Origin, Scenario string
	Since, Until           time.Time // when its alert was kept
	Central                bool      // with those from the central and from lists
	WithoutSimulated       bool
	Limit                  int // decisions of one page, 0 for the server's choice
	After                  string
}

// IsZero says whether the filter chooses no decisions among all.
func (f DecisionFilter) IsZero() bool { return len(f.choice()) == 0 }

func (f DecisionFilter) choice() url.Values {
	q := query{}
	q.numbers("id", f.IDs)
	q.text("uuid", f.UUID)
	q.text("prefix", f.Prefix)
	q.flag("inside", f.Inside)
	q.text("scope", f.Scope)
	q.text("value", f.Value)
	q.text("type", f.Type)
	q.text("origin", f.Origin)
	q.text("scenario", f.Scenario)
	return url.Values(q)
}

// Decisions returns a page of decisions in force, newest first, each in its alert. The alerts hold no events and only
// the decisions that were asked for.
func (c *Client) Decisions(ctx context.Context, f DecisionFilter) (p Page[Alert], err error) {
	q := query(f.choice())
	q.time("since", f.Since)
	q.time("until", f.Until)
	q.flag("central", f.Central)
	q.flag("no_simulated", f.WithoutSimulated)
	q.number("limit", f.Limit)
	q.text("after", f.After)
	err = c.call(ctx, http.MethodGet, "/decisions", url.Values(q), nil, &p)
	return p, err
}

// NewDecision is a decision by a person.
type NewDecision struct {
	Scope    string `json:"scope,omitempty"`    // "" for Ip, or Range when Value is one
	Value    string `json:"value"`              //
	Type     string `json:"type,omitempty"`     // "" for ban
	Duration string `json:"duration,omitempty"` // "4h", "7d"; "" for 4h
	Reason   string `json:"reason,omitempty"`   // "" for one that names the type and who decided
	// BypassAllowlist decides also against what an allowlist or a guard rail protects.
	BypassAllowlist bool `json:"bypass_allowlist,omitempty"`
}

// AddedDecision is what a decision by a person led to.
type AddedDecision struct {
	Alert     int64      `json:"alert"`
	Decisions []Decision `json:"decisions"`
}

// AddDecision decides.
func (c *Client) AddDecision(ctx context.Context, d NewDecision) (a AddedDecision, err error) {
	err = c.call(ctx, http.MethodPost, "/decisions", nil, d, &a)
	return a, err
}

// DeleteDecisions ends decisions in force. A filter that chooses nothing is refused unless all is true.
func (c *Client) DeleteDecisions(ctx context.Context, f DecisionFilter, all bool) (d Deleted, err error) {
	q := query(f.choice())
	q.flag("all", all)
	err = c.call(ctx, http.MethodDelete, "/decisions", url.Values(q), nil, &d)
	return d, err
}

// DeleteDecision ends one decision in force.
func (c *Client) DeleteDecision(ctx context.Context, id int64) error {
	return c.call(ctx, http.MethodDelete, "/decisions/"+strconv.FormatInt(id, 10), nil, nil, nil)
}

// Import says how a list of decisions is read.
type Import struct {
	Format string // "values", "csv" or "json"
	// What entries without their own have; "" for those of NewDecision.
	Scope, Type, Duration, Reason string
	Batch                         int // decisions of one alert, 0 for the server's choice
	BypassAllowlist               bool
}

// Imported is what an import came to.
type Imported struct {
	Decisions int `json:"decisions"` // kept
	Alerts    int `json:"alerts"`    // that hold them
	Allowed   int `json:"allowed"`   // passed over, since an allowlist or a guard rail protects them
	// AllowedFirst names the first few that were passed over, and by what.
	AllowedFirst []string `json:"allowed_first,omitempty"`
}

// ImportDecisions sends a list of decisions. It is read as it comes, in batches; a batch is kept whole or not at all,
// and a fault in the list leaves the batches before it.
func (c *Client) ImportDecisions(ctx context.Context, r io.Reader, o Import) (i Imported, err error) {
	q := query{}
	q.text("format", o.Format)
	q.text("scope", o.Scope)
	q.text("type", o.Type)
	q.text("duration", o.Duration)
	q.text("reason", o.Reason)
	q.number("batch", o.Batch)
	q.flag("bypass_allowlist", o.BypassAllowlist)
	// A reader of another type keeps the transport from closing or rewinding a file that is the caller's.
	res, err := c.send(ctx, http.MethodPost, "/decisions/import", url.Values(q), "application/octet-stream", struct{ io.Reader }{r})
	if err != nil {
		return i, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&i); err != nil {
		return i, fmt.Errorf("read the answer of %s: %w", c.where, err)
	}
	return i, nil
}
