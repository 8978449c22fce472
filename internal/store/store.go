// Package store is the contract of what keeps the local API's state: alerts and their decisions, machines, bouncers,
// allowlists, settings, the audit log.
//
// Implementations are store/sqldb (SQLite) and store/mem (memory, for tests and for agents that keep nothing);
// store/storetest holds what every one of them must do. A store answers no look-ups for bouncers: package verdict does,
// fed by [Options.Committed].
//
// # Numbers
//
// There is one sequence for decisions and changes: a decision's ID is the number of the change that it began with, and an
// end takes a number of its own. So numbers ascend and are never used again, but they have gaps: a decision that never was
// in force (late, or of a shadow alert) has an ID and no change.
//
// # Times
//
// Times are kept in whole milliseconds and come back in UTC; a decision's Until is cut to them when it is added. Of an
// alert's own times (StartAt, StopAt, those of its events and lines) nothing is cut.
//
// # Text
//
// What an alert holds beside its columns is kept as its JSON: bytes that are no UTF-8 become U+FFFD, numbers in Labels
// float64.
//
// Start from [Store].
package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/netip"
	"time"

	"tocsin.example"
	"tocsin.example/internal/verdict"
)

// What callers tell apart with errors.Is.
var (
	ErrNotFound = errors.New("not found")
	ErrExists   = errors.New("exists already")
	// ErrNewer is a state written by a newer program: it is not touched.
	ErrNewer = errors.New("the state was written by a newer version")
	// ErrCorrupt is a state that cannot be read; the error's text says where and what to do.
	ErrCorrupt = errors.New("the state is damaged")
	// ErrBusy is a state that another process holds.
	ErrBusy = errors.New("the state is in use by another process")
	// ErrFull is a disk without room: nothing of the call was kept.
	ErrFull = errors.New("no room left on the disk")
	// ErrClosed is a store that was closed.
	ErrClosed = errors.New("the store is closed")
)

// Options are what every store is opened with.
type Options struct {
	// Committed is told the changes of a transaction after it is durable and before the call that caused it returns, in one
	// call or in several. Calls come one at a time, in the order of the numbers. It must not call the store, nor keep the
	// slice. Nil for none.
	Committed func([]verdict.Change)
	// Now is the clock; nil for time.Now.
	Now func() time.Time
}

// Store keeps the state of one local API. Its methods may be called from many goroutines. A method that writes returns
// after the write is durable; several callers may share one transaction. Every write is whole or not at all. A context
// that ends before a write was begun leaves nothing; one that ends later does not undo it.
type Store interface {
	Alerts
	Decisions
	Machines
	Bouncers
	Allowlists
	Tokens
	Settings
	Audit
	Usage

	// Ready says whether the store can be written to now, nil or why not.
	Ready(ctx context.Context) error
	// Tidy removes what is older or more than the limits say. What is in force stays, and so does the alert of it.
	Tidy(ctx context.Context, r Retention) (Tidied, error)
	// Backup writes a copy of the whole state as of one moment, readable by the implementation's restore.
	Backup(ctx context.Context, w io.Writer) error
	// Close ends the store after what was begun. Later calls return [ErrClosed].
	Close() error
}

// Alert is an alert as it is kept. Decisions are those made for it, with their IDs, as far as they were not tidied away;
// one that was ended before its time has as Until when that was.
type Alert struct {
	tocsin.Alert
	ID        int64
	CreatedAt time.Time
	Machine   string // who sent it; "" for this program
	// Late says that a decision of it was over when it arrived.
	Late bool
	// Shadow says that it is a trial of its scenario: it is shown, and has no effect. Its decisions are those that it would
	// have had: they are never in force, make no changes and are no past decisions.
	Shadow bool
}

// Receipt answers one alert of [Alerts.AddAlerts].
type Receipt struct {
	ID     int64
	Repeat bool // the uuid was known (also when the alert was deleted less than [Tombstone] ago): nothing was written
	Late   int  // decisions that were over when they arrived; they are kept, and never told to Committed
}

// Alerts is what a store does with alerts.
type Alerts interface {
	// AddAlerts keeps alerts with their decisions in one transaction. IDs, CreatedAt and the decisions' IDs are given here,
	// as is a missing UUID; IDs need not follow the order of an alert's decisions. The receipts are in the order of the alerts. A decision without UUID gets one. What is given here
	// is written into the caller's alerts, but for repeats, when the call succeeds; until it returns they must not be
	// touched. UUIDs are compared without regard to case.
	AddAlerts(ctx context.Context, alerts []*Alert) ([]Receipt, error)
	// Alert returns one with all that belongs to it; [ErrNotFound].
	Alert(ctx context.Context, id int64) (*Alert, error)
	// FindAlerts yields alerts, newest first unless the filter says otherwise. It yields those that matched when it began; one
	// that is removed meanwhile may be missing, and each is as it was when it was read. It holds nothing between yields, so a
	// slow reader holds up nobody.
	FindAlerts(ctx context.Context, f AlertFilter) iter.Seq2[*Alert, error]
	// DeleteAlerts removes alerts and ends their decisions that are in force. It returns how many alerts there were. Their
	// decisions are past decisions no more, their uuids stay known for [Tombstone].
	DeleteAlerts(ctx context.Context, f AlertFilter) (int, error)
}

// AlertFilter says which alerts somebody wants. What is zero asks nothing.
type AlertFilter struct {
	IDs      []int64
	Prefix   netip.Prefix // the source is an address or range that holds it, or with Inside, lies inside it; see [Prefix]
	Inside   bool
	Scope    string // canonical spelling
	Value    string
	Scenario string
	Machine  string
	Kind     string
	// Origin and DecisionType ask for alerts that were made with such a decision, whatever became of it.
	Origin, DecisionType string
	// Since and Until bound when the alert began, both included, CreatedBefore when it was kept, not included.
	Since, Until, CreatedBefore time.Time
	Active                      *bool // has a decision in force, or has none
	WithoutCentral              bool  // leave out what came from the central and from lists
	Simulated                   *bool
	WithoutDecisions            bool // do not fill in Decisions
	WithoutEvents               bool // do not fill in Events and Evidence
	Oldest                      bool // oldest first
	Limit                       int  // 0 for all
	Offset                      int
	Before                      int64 // IDs below; 0 for all
}

// Decisions is what a store does with decisions beside those of new alerts.
type Decisions interface {
	// EndDecisions ends decisions that are in force, now. It returns those that were, in the order of IDs; others are passed
	// over.
	EndDecisions(ctx context.Context, ids []int64) ([]int64, error)
	// Changes yields all changes after a number in their order, as far as they are kept: at start, with 0, the decisions
	// that are in force or were not long ago, each with the number under which it began, and their ends. Of an end, the
	// decision has its ID only. What is committed after the call began is not yielded.
	Changes(ctx context.Context, after uint64) iter.Seq2[verdict.Change, error]
	// PastDecisions yields decisions on a value or a range around it, in force or not, latest first.
	PastDecisions(ctx context.Context, q PastQuery) iter.Seq2[PastDecision, error]
	// CountPast counts decisions as PastDecisions would yield them.
	CountPast(ctx context.Context, q PastQuery) (int, error)
}

// PastQuery asks for decisions on a value: an address or range by Prefix (decisions that hold it, see [Prefix]), else
// Value, as it was spelled; or for those with some IDs, when there are any.
type PastQuery struct {
	Prefix netip.Prefix
	Value  string
	IDs    []int64
	Since  time.Time // begun at or after
	Type   string    // "" for all
	Limit  int       // 0 for all
}

// PastDecision is a decision with its story.
type PastDecision struct {
	tocsin.Decision
	Alert   int64 // 0 when the alert was tidied away
	Begun   time.Time
	EndedAt time.Time // when it was ended before its time; zero if it was not
	Late    bool
}

// Machine is who sends alerts.
type Machine struct {
	Name          string
	PasswordHash  string // PHC string of argon2id, or bcrypt; "" when it logs in by certificate
	AuthType      string // "password" or "tls"
	Validated     bool
	IP            string
	Version       string
	OS            string
	Scenarios     []string
	CreatedAt     time.Time
	UpdatedAt     time.Time
	LastHeartbeat time.Time
	LastPush      time.Time
	LastLogin     time.Time
	Epoch         int64 // tokens given before it was raised are void
}

// Machines is what a store does with machines.
type Machines interface {
	AddMachine(ctx context.Context, m Machine) error // [ErrExists]; a zero CreatedAt becomes now
	Machine(ctx context.Context, name string) (Machine, error)
	Machines(ctx context.Context) ([]Machine, error)
	// ChangeMachine reads, changes and writes in one transaction; f may return an error to leave it as it is. f may be called
	// more than once, must not call the store and cannot change the name. [ErrNotFound].
	ChangeMachine(ctx context.Context, name string, f func(*Machine) error) error
	DeleteMachine(ctx context.Context, name string) error // [ErrNotFound]
}

// Bouncer is who is served decisions.
type Bouncer struct {
	ID        int64
	Name      string
	KeyHash   string // SHA-512 of the key, hex; "" when it comes by certificate
	AuthType  string // "api-key" or "tls"
	IP        string // of the first caller, "" until there is one
	Type      string // of its User-Agent
	Version   string
	OS        string
	Parent    string // the name of the one whose key it shares, when it was made for another address of it
	CreatedAt time.Time
	LastSeen  time.Time
	LastPull  time.Time // of the stream
	Cursor    verdict.Cursor
}

// Bouncers is what a store does with bouncers.
type Bouncers interface {
	AddBouncer(ctx context.Context, b Bouncer) (Bouncer, error) // gives the ID; [ErrExists] by name
	Bouncers(ctx context.Context) ([]Bouncer, error)
	// SaveBouncers writes what changes by use (IP, type, version, OS, times, cursor) of several in one transaction; those that are gone
	// are passed over.
	SaveBouncers(ctx context.Context, list []Bouncer) error
	// DeleteBouncer removes one and those that were made for other addresses of it. [ErrNotFound].
	DeleteBouncer(ctx context.Context, name string) error
}

// Allowlist is a named list of what is never decided against.
type Allowlist struct {
	ID          string // uuid
	Name        string
	Description string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Items       []AllowItem
}

// AllowItem is an address, a range or a DNS name.
type AllowItem struct {
	Value     string
	Comment   string
	CreatedAt time.Time
	Expires   time.Time // zero for never
}

// Allowlists is what a store does with allowlists.
type Allowlists interface {
	AddAllowlist(ctx context.Context, l Allowlist) error // [ErrExists]
	Allowlists(ctx context.Context) ([]Allowlist, error) // with items, in the order of names
	// ChangeAllowlist reads, changes and writes in one transaction, as ChangeMachine does; neither name nor ID change.
	ChangeAllowlist(ctx context.Context, name string, f func(*Allowlist) error) error
	DeleteAllowlist(ctx context.Context, name string) error // [ErrNotFound]
}

// Token opens the administration API over TCP.
type Token struct {
	Name      string
	Hash      string // SHA-512 of the token, hex
	Role      string // "viewer", "operator", "admin"
	CreatedAt time.Time
	Expires   time.Time // zero for never
	LastUsed  time.Time
}

// Tokens is what a store does with tokens.
type Tokens interface {
	AddToken(ctx context.Context, t Token) error // [ErrExists]
	Tokens(ctx context.Context) ([]Token, error)
	// UseToken writes when a token was last used; one that is gone is passed over.
	UseToken(ctx context.Context, name string, at time.Time) error
	DeleteToken(ctx context.Context, name string) error // [ErrNotFound]
}

// Settings is a small table of texts: the installation's id, the signing key, simulation.
type Settings interface {
	// Setting returns a value, "" when there is none.
	Setting(ctx context.Context, key string) (string, error)
	SetSetting(ctx context.Context, key, value string) error
	// KeepSetting writes a value unless there is one, and returns the one that is kept.
	KeepSetting(ctx context.Context, key, value string) (string, error)
}

// AuditEntry is one action of an administrator.
type AuditEntry struct {
	ID     int64
	At     time.Time
	Who    string // "unix:UID" or the token's name
	Role   string
	Action string // "bouncer.add"
	Target string
	Detail string
	Failed bool
}

// Audit is the log of what administrators did.
type Audit interface {
	AddAudit(ctx context.Context, e AuditEntry) error                         // gives the ID; a zero At becomes now
	Audit(ctx context.Context, before int64, limit int) ([]AuditEntry, error) // newest first; 0 for all
}

// UsageReport is the last word of a bouncer or machine about its own metrics.
type UsageReport struct {
	Kind string // "bouncer" or "machine"
	Name string
	At   time.Time
	Body []byte // JSON as it came, checked
}

// Usage keeps what bouncers and machines report of themselves.
type Usage interface {
	AddUsage(ctx context.Context, r UsageReport) error                                    // a zero At becomes now
	Usage(ctx context.Context, kind, name string, since time.Time) ([]UsageReport, error) // oldest first; "" for all
}

// Retention bounds what is kept. Zero fields bound nothing. An alert with a decision in force stays whatever they say; the
// decisions of one that is removed stay as past decisions.
type Retention struct {
	AlertAge   time.Duration // since it was kept
	AlertCount int           // the newest
	Bytes      int64         // of the whole state, about: oldest alerts go, with their decisions
	EndedAge   time.Duration // decisions that are over for longer, and their changes
	UsageAge   time.Duration
	AuditAge   time.Duration
}

// Tidied counts what [Store.Tidy] removed.
type Tidied struct{ Alerts, Decisions, Usage, Audit, Tombstones int }
