package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Bouncer is who is served decisions.
type Bouncer struct {
	Name        string     `json:"name"`
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"` // when it was last seen, or else made
	Revoked     bool       `json:"revoked"`    // always false: one that is deleted is gone
	IPAddress   string     `json:"ip_address"`
	Type        string     `json:"type"`
	Version     string     `json:"version"`
	LastPull    *time.Time `json:"last_pull"` // of the stream; null before the first
	AuthType    string     `json:"auth_type"` // "api-key" or "tls"
	OS          string     `json:"os,omitempty"`
	AutoCreated bool       `json:"auto_created"`
	// Parent is the bouncer whose key it shares, from another address.
	Parent string `json:"parent,omitempty"`
	// Lag is how many changes there are that it has not been served.
	Lag uint64 `json:"lag"`
}

// NewBouncer is a bouncer to be made.
type NewBouncer struct {
	Name string `json:"name"`
	Key  string `json:"key,omitempty"` // "" to have one made
}

// AddedBouncer is a bouncer with its key, which is not told again.
type AddedBouncer struct {
	Bouncer Bouncer `json:"bouncer"`
	Key     string  `json:"key"`
}

// Bouncers returns all.
func (c *Client) Bouncers(ctx context.Context) ([]Bouncer, error) {
	var p Page[Bouncer]
	err := c.call(ctx, http.MethodGet, "/bouncers", nil, nil, &p)
	return p.Items, err
}

// Bouncer returns one.
func (c *Client) Bouncer(ctx context.Context, name string) (b Bouncer, err error) {
	err = c.call(ctx, http.MethodGet, "/bouncers/"+url.PathEscape(name), nil, nil, &b)
	return b, err
}

// AddBouncer makes one.
func (c *Client) AddBouncer(ctx context.Context, b NewBouncer) (a AddedBouncer, err error) {
	err = c.call(ctx, http.MethodPost, "/bouncers", nil, b, &a)
	return a, err
}

// DeleteBouncer deletes one and those made for other addresses of it.
func (c *Client) DeleteBouncer(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, "/bouncers/"+url.PathEscape(name), nil, nil, nil)
}

// Prune says which bouncers or machines are stale.
type Prune struct {
	OlderThan        string `json:"older_than"`                   // not heard of for so long: "60m", "7d"
	NotValidatedOnly bool   `json:"not_validated_only,omitempty"` // of machines
	DryRun           bool   `json:"dry_run,omitempty"`            // only say which
}

// Pruned names those that were deleted, or would be.
type Pruned struct {
	Names []string `json:"names"`
}

// PruneBouncers deletes those that have not been heard of for long.
func (c *Client) PruneBouncers(ctx context.Context, p Prune) (r Pruned, err error) {
	err = c.call(ctx, http.MethodPost, "/bouncers/prune", nil, p, &r)
	return r, err
}

// Machine is who sends alerts.
type Machine struct {
	Name          string     `json:"machineId"`
	CreatedAt     time.Time  `json:"created_at"`
	UpdatedAt     time.Time  `json:"updated_at"`
	LastPush      *time.Time `json:"last_push"`
	LastHeartbeat *time.Time `json:"last_heartbeat"`
	LastLogin     *time.Time `json:"last_login"`
	IPAddress     string     `json:"ipAddress,omitempty"`
	Version       string     `json:"version,omitempty"`
	Validated     bool       `json:"isValidated"`
	AuthType      string     `json:"auth_type"` // "password" or "tls"
	OS            string     `json:"os,omitempty"`
	Scenarios     []string   `json:"scenarios,omitempty"`
}

// NewMachine is a machine to be made, validated at once.
type NewMachine struct {
	Name     string `json:"name"`
	Password string `json:"password,omitempty"` // "" to have one made
	Force    bool   `json:"force,omitempty"`    // one of that name gets the new password
}

// AddedMachine is a machine with its password, which is not told again.
type AddedMachine struct {
	Machine  Machine `json:"machine"`
	Password string  `json:"password"`
}

// Machines returns all.
func (c *Client) Machines(ctx context.Context) ([]Machine, error) {
	var p Page[Machine]
	err := c.call(ctx, http.MethodGet, "/machines", nil, nil, &p)
	return p.Items, err
}

// Machine returns one.
func (c *Client) Machine(ctx context.Context, name string) (m Machine, err error) {
	err = c.call(ctx, http.MethodGet, "/machines/"+url.PathEscape(name), nil, nil, &m)
	return m, err
}

// AddMachine makes one.
func (c *Client) AddMachine(ctx context.Context, m NewMachine) (a AddedMachine, err error) {
	err = c.call(ctx, http.MethodPost, "/machines", nil, m, &a)
	return a, err
}

// ValidateMachine lets one that registered itself log in.
func (c *Client) ValidateMachine(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodPost, "/machines/"+url.PathEscape(name)+"/validate", nil, nil, nil)
}

// DeleteMachine deletes one. Its alerts stay.
func (c *Client) DeleteMachine(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, "/machines/"+url.PathEscape(name), nil, nil, nil)
}

// PruneMachines deletes those that have not been heard of for long.
func (c *Client) PruneMachines(ctx context.Context, p Prune) (r Pruned, err error) {
	err = c.call(ctx, http.MethodPost, "/machines/prune", nil, p, &r)
	return r, err
}

// Roles of tokens. Each may do what those before it may.
const (
	Viewer   = "viewer"   // looks at everything that is no secret
	Operator = "operator" // decides: decisions, alerts, allowlists, simulation
	Admin    = "admin"    // all: bouncers, machines, tokens, audit, backup
)

// Token opens the administration API over TCP.
type Token struct {
	Name      string     `json:"name"`
	Role      string     `json:"role"`
	CreatedAt time.Time  `json:"created_at"`
	Expires   *time.Time `json:"expires"` // null for never
	LastUsed  *time.Time `json:"last_used"`
}

// NewToken is a token to be made.
type NewToken struct {
	Name    string `json:"name"`
	Role    string `json:"role"`
	Expires string `json:"expires,omitempty"` // after so long, "90d"; "" for never
}

// AddedToken is a token with its text, which is not told again.
type AddedToken struct {
	Token
	Secret string `json:"token"`
}

// Tokens returns all.
func (c *Client) Tokens(ctx context.Context) ([]Token, error) {
	var p Page[Token]
	err := c.call(ctx, http.MethodGet, "/tokens", nil, nil, &p)
	return p.Items, err
}

// AddToken makes one.
func (c *Client) AddToken(ctx context.Context, t NewToken) (a AddedToken, err error) {
	err = c.call(ctx, http.MethodPost, "/tokens", nil, t, &a)
	return a, err
}

// DeleteToken deletes one: it opens nothing from now on.
func (c *Client) DeleteToken(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, "/tokens/"+url.PathEscape(name), nil, nil, nil)
}
