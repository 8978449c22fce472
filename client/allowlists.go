package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Allowlist names what is never decided against. Its JSON is CrowdSec's.
type Allowlist struct {
	ID          string      `json:"allowlist_id"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	CreatedAt   time.Time   `json:"created_at"`
	UpdatedAt   time.Time   `json:"updated_at"`
	Items       []AllowItem `json:"items"`
	Size        int         `json:"size"`
}

// AllowItem is an address, a range or a DNS name.
type AllowItem struct {
	Value     string     `json:"value"`
	Comment   string     `json:"description,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	Expires   *time.Time `json:"expiration,omitempty"` // absent for never
}

// Allowlists returns all, without their items.
func (c *Client) Allowlists(ctx context.Context) ([]Allowlist, error) {
	var p Page[Allowlist]
	err := c.call(ctx, http.MethodGet, "/allowlists", nil, nil, &p)
	return p.Items, err
}

// Allowlist returns one with its items.
func (c *Client) Allowlist(ctx context.Context, name string) (l Allowlist, err error) {
	err = c.call(ctx, http.MethodGet, "/allowlists/"+url.PathEscape(name), nil, nil, &l)
	return l, err
}

// NewAllowlist is an allowlist to be made.
type NewAllowlist struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// CreateAllowlist makes an empty one.
func (c *Client) CreateAllowlist(ctx context.Context, l NewAllowlist) (a Allowlist, err error) {
	err = c.call(ctx, http.MethodPost, "/allowlists", nil, l, &a)
	return a, err
}

// DeleteAllowlist deletes one. What it protected is decided against from now on.
func (c *Client) DeleteAllowlist(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, "/allowlists/"+url.PathEscape(name), nil, nil, nil)
}

// NewAllowItem is an item to be added.
type NewAllowItem struct {
	Value   string `json:"value"`
	Comment string `json:"comment,omitempty"`
	Expires string `json:"expires,omitempty"` // after so long, "7d"; "" for never
}

// AllowItems are items to be added at once: all or none.
type AllowItems struct {
	Items []NewAllowItem `json:"items"`
}

// AllowChange is what a change of an allowlist led to.
type AllowChange struct {
	Added   []string `json:"added,omitempty"`
	Changed []string `json:"changed,omitempty"` // were there: comment and expiry are those given now
	Removed []string `json:"removed,omitempty"`
	Missing []string `json:"missing,omitempty"` // were not there to be removed
	// Lifted counts decisions that ended, since they were against what is allowed now, and names the first of them.
	Lifted      int        `json:"lifted"`
	LiftedFirst []Decision `json:"lifted_first,omitempty"`
	Unresolved  []string   `json:"unresolved,omitempty"` // DNS names without addresses yet
}

// AddToAllowlist adds items. Decisions against them end at once.
func (c *Client) AddToAllowlist(ctx context.Context, name string, items AllowItems) (r AllowChange, err error) {
	err = c.call(ctx, http.MethodPost, "/allowlists/"+url.PathEscape(name)+"/items", nil, items, &r)
	return r, err
}

// RemoveFromAllowlist removes items by value.
func (c *Client) RemoveFromAllowlist(ctx context.Context, name string, values []string) (r AllowChange, err error) {
	in := struct {
		Values []string `json:"values"`
	}{values}
	err = c.call(ctx, http.MethodPost, "/allowlists/"+url.PathEscape(name)+"/remove", nil, in, &r)
	return r, err
}

// AllowCheck says whether something is allowed.
type AllowCheck struct {
	Value   string `json:"value"`
	Allowed bool   `json:"allowlisted"`
	Reason  string `json:"reason,omitempty"` // the item and its list, or the guard rail, that is closest
	// Others are further items and guard rails.
	Others []string `json:"others,omitempty"`
}

// CheckAllowlists asks whether values are allowed, in their order.
func (c *Client) CheckAllowlists(ctx context.Context, values []string) ([]AllowCheck, error) {
	var p Page[AllowCheck]
	err := c.call(ctx, http.MethodGet, "/check", url.Values{"value": values}, nil, &p)
	return p.Items, err
}
