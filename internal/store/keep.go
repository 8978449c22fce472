package store

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/uuid"
)

// Tombstone is how long the uuid of an alert stays known after the alert is gone.
const Tombstone = 30 * 24 * time.Hour

// Milli cuts a time to what a store keeps of it: whole milliseconds, no year that JSON cannot say. The zero time stays
// zero.
func Milli(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	if last := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC); t.After(last) {
		return last
	}
	return t.UTC().Truncate(time.Millisecond)
}

// Prefix is the address or range that a scope and value name. Of other scopes and of what does not parse there is none.
func Prefix(scope, value string) (netip.Prefix, bool) {
	if !strings.EqualFold(scope, tocsin.ScopeIP) && !strings.EqualFold(scope, tocsin.ScopeRange) {
		return netip.Prefix{}, false
	}
	return address.Parse(value)
}

// Installation is the random part of the UUIDs that a store gives to decisions. The rest is the decision's ID, so they
// need no room in a database, nor in an index that knows this.
type Installation [8]byte

// NewInstallation makes one.
func NewInstallation() (in Installation) {
	_, _ = rand.Read(in[:]) // it never fails
	in[6] = in[6]&0x0f | 0x80
	return in
}

// DecisionUUID is the UUID (RFC 9562, version 8) of a decision that came without: the installation, then the ID in the
// lower 62 bits.
func (in Installation) DecisionUUID(id int64) uuid.UUID {
	var u uuid.UUID
	copy(u[:8], in[:])
	binary.BigEndian.PutUint64(u[8:], uint64(id)&(1<<62-1)|1<<63) //nolint:gosec // IDs are positive and small
	return u
}

// head is an alert without what lists of alerts leave out and what has tables of its own.
type head struct {
	tocsin.Alert
	Events    *struct{} `json:"events,omitempty"`
	Decisions *struct{} `json:"decisions,omitempty"`
	Evidence  *struct{} `json:"evidence,omitempty"`
}

// tail is what lists of alerts leave out.
type tail struct {
	Events   []tocsin.AlertEvent `json:"events"`
	Evidence *tocsin.Evidence    `json:"evidence,omitempty"`
}

// Encode renders an alert in two parts of JSON: the head that every reader needs, and the tail with events and evidence,
// nil when there are neither. Decisions are in none.
func Encode(a *tocsin.Alert) (headJSON, tailJSON []byte, err error) {
	headJSON, err = json.Marshal(&head{Alert: *a})
	if err != nil {
		return nil, nil, fmt.Errorf("encode alert %s: %w", a.UUID, err)
	}
	if a.Events == nil && a.Evidence == nil {
		return headJSON, nil, nil
	}
	tailJSON, err = json.Marshal(&tail{a.Events, a.Evidence})
	if err != nil {
		return nil, nil, fmt.Errorf("encode events of alert %s: %w", a.UUID, err)
	}
	return headJSON, tailJSON, nil
}

// Decode reads what [Encode] wrote; the tail may be left out.
func Decode(headJSON, tailJSON []byte, a *tocsin.Alert) error {
	*a = tocsin.Alert{}
	if err := json.Unmarshal(headJSON, a); err != nil {
		return fmt.Errorf("%w: decode an alert: %w", ErrCorrupt, err)
	}
	if tailJSON == nil {
		return nil
	}
	var t tail
	if err := json.Unmarshal(tailJSON, &t); err != nil {
		return fmt.Errorf("%w: decode the events of alert %s: %w", ErrCorrupt, a.UUID, err)
	}
	a.Events, a.Evidence = t.Events, t.Evidence
	return nil
}
