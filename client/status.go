package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Status is how the server is.
type Status struct {
	Version   string    `json:"version"`
	StartedAt time.Time `json:"started_at"`
	State     string    `json:"state"`            // the state folder
	Listen    []string  `json:"listen"`           // where the local API listens
	Ready     bool      `json:"ready"`            // it can keep alerts and decisions now
	Reason    string    `json:"reason,omitempty"` // why it is not
	Changes   uint64    `json:"changes"`          // number of the newest change of decisions
	Decisions int       `json:"decisions"`        // in force
	Simulated int       `json:"simulated"`        // in force, without effect
	Bouncers  int       `json:"bouncers"`
	Machines  int       `json:"machines"`
	Who       string    `json:"who"`  // who asks, as the audit log names them
	Role      string    `json:"role"` // what they may do
}

// Status asks how the server is.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	err = c.call(ctx, http.MethodGet, "/status", nil, nil, &s)
	return s, err
}

// Count is one line of a summary.
type Count struct {
	Origin    string `json:"origin,omitempty"`
	Type      string `json:"type,omitempty"`
	Scope     string `json:"scope,omitempty"`
	Scenario  string `json:"scenario,omitempty"`
	Simulated bool   `json:"simulated"`
	Count     int    `json:"count"`
}

// Metrics sums up what there is and what was done since the start.
type Metrics struct {
	Decisions []Count           `json:"decisions"` // in force, by origin, type, scope and scenario
	Since     map[string]uint64 `json:"since"`     // what happened since the start, by name
}

// Metrics returns the sums.
func (c *Client) Metrics(ctx context.Context) (m Metrics, err error) {
	err = c.call(ctx, http.MethodGet, "/metrics", nil, nil, &m)
	return m, err
}

// Simulation says which scenarios are simulated: their decisions are kept, and bouncers are not told. Its JSON is
// CrowdSec's.
type Simulation struct {
	Global     bool     `json:"simulation"` // all are, but for the exclusions
	Exclusions []string `json:"exclusions"` // those that differ from Global
}

// Simulation returns what is simulated.
func (c *Client) Simulation(ctx context.Context) (s Simulation, err error) {
	err = c.call(ctx, http.MethodGet, "/simulation", nil, nil, &s)
	return s, err
}

// Trial turns simulation or shadow on or off: for some scenarios, or for all when there are none.
type Trial struct {
	Scenarios []string `json:"scenarios,omitempty"`
	On        bool     `json:"on"`
}

// SetSimulation changes what is simulated, for alerts from now on.
func (c *Client) SetSimulation(ctx context.Context, t Trial) (s Simulation, err error) {
	err = c.call(ctx, http.MethodPost, "/simulation", nil, t, &s)
	return s, err
}

// Shadow says which scenarios are on trial: their alerts are kept and marked, and have no effect.
type Shadow struct {
	Scenarios []string `json:"scenarios"`
}

// Shadow returns which scenarios are on trial.
func (c *Client) Shadow(ctx context.Context) (s Shadow, err error) {
	err = c.call(ctx, http.MethodGet, "/shadow", nil, nil, &s)
	return s, err
}

// SetShadow puts scenarios on trial, or ends their trial.
func (c *Client) SetShadow(ctx context.Context, t Trial) (s Shadow, err error) {
	err = c.call(ctx, http.MethodPost, "/shadow", nil, t, &s)
	return s, err
}

// Audit is one action of an administrator.
type Audit struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	Role   string    `json:"role"`
	Action string    `json:"action"`
	Target string    `json:"target,omitempty"`
	Detail string    `json:"detail,omitempty"`
	Failed bool      `json:"failed,omitempty"`
}

// Audit returns a page of what administrators did, newest first. A limit of 0 is the server's choice.
func (c *Client) Audit(ctx context.Context, limit int, after string) (p Page[Audit], err error) {
	q := query{}
	q.number("limit", limit)
	q.text("after", after)
	err = c.call(ctx, http.MethodGet, "/audit", url.Values(q), nil, &p)
	return p, err
}

// Backup writes a copy of the whole state as of one moment to w. It holds secrets: the hashes of keys and passwords,
// and the key that logins are signed with. It returns how many bytes there were.
func (c *Client) Backup(ctx context.Context, w io.Writer) (int64, error) {
	res, err := c.send(ctx, http.MethodGet, "/backup", nil, "", nil)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(w, res.Body)
	if err != nil {
		return n, fmt.Errorf("read the backup from %s: %w", c.where, err)
	}
	return n, nil
}

// Why is all there is to say about an address, a range or another value.
type Why struct {
	Value   string    `json:"value"`
	At      time.Time `json:"at"`
	Blocked bool      `json:"blocked"`        // a decision is in force that is not simulated
	Type    string    `json:"type,omitempty"` // of the one that counts
	// Allowed are the items with their lists, and the guard rails, that protect it: the closest first.
	Allowed   []string      `json:"allowed,omitempty"`
	InForce   []WhyDecision `json:"in_force"`  // the one that counts first
	Simulated []WhyDecision `json:"simulated"` // would be in force if they were not simulated
	Past      []WhyDecision `json:"past"`      // over, latest first
	PastCount int           `json:"past_count"`
	// Alerts are those about it and those of the decisions in force, latest first, with evidence and without events.
	Alerts []Alert `json:"alerts"`
	// Offences counts its bans by profiles that the profile in the box looks at.
	Offences int `json:"offences"`
	// Scenarios are those of the alerts that are simulated or in shadow now.
	Scenarios []WhyScenario `json:"scenarios,omitempty"`
}

// WhyDecision is a decision with its story.
type WhyDecision struct {
	Decision

	Alert   int64      `json:"alert"`
	Begun   time.Time  `json:"begun"`
	EndedAt *time.Time `json:"ended_at,omitempty"` // when it was ended before its time
	Late    bool       `json:"late,omitempty"`     // it was over when it came
	Profile string     `json:"profile,omitempty"`  // that decides so now
}

// WhyScenario is how a scenario is treated now.
type WhyScenario struct {
	Name      string `json:"name"`
	Simulated bool   `json:"simulated"`
	Shadow    bool   `json:"shadow"`
}

// Why asks why something is or was blocked, or not.
func (c *Client) Why(ctx context.Context, value string) (w Why, err error) {
	err = c.call(ctx, http.MethodGet, "/why", url.Values{"value": {value}}, nil, &w)
	return w, err
}

// Profile is one that is loaded.
type Profile struct {
	Name          string   `json:"name"`
	File          string   `json:"file"` // "" for the one in the box
	Filters       []string `json:"filters"`
	Decisions     []string `json:"decisions"` // in words
	Escalation    string   `json:"escalation,omitempty"`
	DurationExpr  string   `json:"duration_expr,omitempty"`
	Notifications []string `json:"notifications,omitempty"`
	OnSuccess     string   `json:"on_success,omitempty"`
	OnFailure     string   `json:"on_failure,omitempty"`
	OnError       string   `json:"on_error,omitempty"`
}

// Profiles returns those that are loaded, in the order in which they are asked.
func (c *Client) Profiles(ctx context.Context) ([]Profile, error) {
	var p Page[Profile]
	err := c.call(ctx, http.MethodGet, "/profiles", nil, nil, &p)
	return p.Items, err
}

// ProfileTest is what the profiles would do about an alert.
type ProfileTest struct {
	Profile       string        `json:"profile,omitempty"` // the one that decides, "" for none
	Decisions     []Decision    `json:"decisions"`
	Notifications []string      `json:"notifications,omitempty"`
	Steps         []ProfileStep `json:"steps"`
}

// ProfileStep is what one profile said.
type ProfileStep struct {
	Profile string `json:"profile"`
	Said    string `json:"said"`   // "applies", "does not apply", "fails"
	Filter  int    `json:"filter"` // that was true or failed, from 0; -1 for none
	Error   string `json:"error,omitempty"`
	Stops   bool   `json:"stops,omitempty"` // no further profile was asked
}

// TestProfiles asks what would be decided about an alert that is kept.
func (c *Client) TestProfiles(ctx context.Context, alert int64) (t ProfileTest, err error) {
	err = c.call(ctx, http.MethodGet, "/profiles/test", url.Values{"alert": {strconv.FormatInt(alert, 10)}}, nil, &t)
	return t, err
}
