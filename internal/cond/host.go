package cond

import (
	"net/netip"
	"regexp"
	"time"
)

// Host is what rules may need from outside. An absent part is nil: an expression that uses a helper of an absent part
// compiles, says so in [Program.Problems], and fails when the helper is called. All parts are called from any number of
// goroutines.
type Host struct {
	// Now is the clock for runs that were not given a time by [Run.Begin]; time.Now when nil.
	Now       func() time.Time
	Files     Files
	Geo       Geo
	Stash     Stash
	DNS       Resolver
	HTTP      HTTPDoer
	CTI       CTI
	Decisions Decisions
	Hostname  string
	// Log receives what LogInfo says; may be nil.
	Log func(msg string)
}

// Files gives the data files of rules by their dest_file name. What it returns is never written.
type Files interface {
	// Lines returns the lines of a file of type string.
	Lines(name string) ([]string, bool)
	// Regexps returns the expressions of a file of type regexp.
	Regexps(name string) ([]*regexp.Regexp, bool)
	// Map returns the entries of a file of type map: each has "pattern", "tag" and "type" (equals, contains, regex).
	Map(name string) ([]map[string]string, bool)
	// Bots returns the entries of a file of type bots.
	Bots(name string) ([]Bot, bool)
}

// Bot is one entry of a bots file. It matches a request whose user agent and path match, where they are given, and
// whose address is in a prefix or has a name, confirmed forward and back, that matches.
type Bot struct {
	Name      string
	Prefixes  []netip.Prefix // single addresses too
	RDNS      []*regexp.Regexp
	UserAgent []*regexp.Regexp // any of them; none: every agent
	Paths     []*regexp.Regexp // any of them; none: every path
}

// Geo answers questions about the place and network of addresses from local data.
type Geo interface {
	// City returns the place of an address, and whether it is known.
	City(addr netip.Addr) (City, bool, error)
	// ASN returns the autonomous system of an address, and whether it is known.
	ASN(addr netip.Addr) (ASN, bool, error)
}

// City is where an address is.
type City struct {
	IsoCode             string // ISO 3166 country code
	InEU                bool
	Latitude, Longitude float64 // degrees
}

// ASN is the autonomous system of an address.
type ASN struct {
	Number  uint
	Org     string
	Network netip.Prefix // the prefix of the data's entry
}

// Stash is the memory that rules share between events. now is the time of the event, not of the wall clock.
type Stash interface {
	// Get returns a value, and whether it is there and not expired.
	Get(cache, key string, now time.Time) (string, bool)
	// Set stores a value for ttl (0: as long as there is room). The cache must have been configured.
	Set(cache, key, value string, ttl time.Duration, now time.Time) error
	// Configure makes a cache of at most size entries with the strategy LRU, LFU or ARC.
	Configure(cache string, size int, strategy string) error
}

// Resolver asks DNS.
type Resolver interface {
	// LookupHost returns the addresses of a name.
	LookupHost(name string) ([]string, error)
	// ConfirmedNames returns the names of an address that resolve back to it, lower case without the last dot.
	ConfirmedNames(addr netip.Addr) ([]string, error)
}

// HTTPDoer makes requests to the hosts that the operator allowed; it bounds time and size.
type HTTPDoer interface {
	Do(method, url string, headers map[string]string, body string) (*HTTPResponse, error)
}

// HTTPResponse is the answer to a request.
type HTTPResponse struct {
	StatusCode int
	Body       string
	Headers    Header
}

// Decisions answers questions about decisions on a value: an address, a range or another text. A decision on a range
// counts for what lies in it. It is asked in the order of the events, and answers from memory: every line may ask. now is
// the time of the event, not of the wall clock. [tocsin.example/internal/inforce.Ledger] is one.
type Decisions interface {
	// Count returns how many decisions there have been on a value.
	Count(value string) (int, error)
	// CountSince returns how many there have been since a while before now.
	CountSince(value string, now time.Time, ago time.Duration) (int, error)
	// Active returns how many are in force at a moment.
	Active(value string, now time.Time) (int, error)
	// TimeLeft returns how long the longest one stays in force; 0 when there is none.
	TimeLeft(value string, now time.Time) (time.Duration, error)
}

// CTI asks a threat intelligence service about an address.
type CTI interface {
	// Lookup returns what is known; an empty item when nothing is.
	Lookup(addr netip.Addr) (*CTIItem, error)
}
