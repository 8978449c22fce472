package wire

import "time"

// Allowlist is a list as machines read it.
type Allowlist struct {
	AllowlistID    string      `json:"allowlist_id,omitempty"`
	ConsoleManaged bool        `json:"console_managed,omitempty"`
	CreatedAt      time.Time   `json:"created_at,omitzero"`
	Description    string      `json:"description,omitempty"`
	Items          []AllowItem `json:"items,omitempty"`
	Name           string      `json:"name,omitempty"`
	UpdatedAt      time.Time   `json:"updated_at,omitzero"`
}

// AllowItem is one thing that is never decided against.
type AllowItem struct {
	CreatedAt   time.Time `json:"created_at,omitzero"`
	Description string    `json:"description,omitempty"`
	Expiration  time.Time `json:"expiration,omitzero"`
	Value       string    `json:"value,omitempty"`
}

// AllowCheck answers whether one value is allowed.
type AllowCheck struct {
	Allowlisted bool   `json:"allowlisted,omitempty"`
	Reason      string `json:"reason,omitempty"` // "ITEM from LIST"
}

// AllowChecks is the body of POST /v1/allowlists/check.
type AllowChecks struct {
	Targets List[string] `json:"targets"`
}

// MaxTargets is how many targets one request may ask about.
const MaxTargets = 100_000

// AllowResults answers AllowChecks: only those that are allowed.
type AllowResults struct {
	Results []AllowResult `json:"results"`
}

// AllowResult is one target that is allowed, and by what.
type AllowResult struct {
	Allowlists []string `json:"allowlists"`
	Target     string   `json:"target"`
}
