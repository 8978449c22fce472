package tocsin

import (
	"strings"
	"time"
)

// Origins of decisions. Bouncers show them and filter by them.
const (
	OriginEngine  = "crowdsec"     // a scenario and a profile
	OriginManual  = "cscli"        // a person
	OriginImport  = "cscli-import" // a file given by a person
	OriginList    = "lists"        // a list; its name is the decision's scenario
	OriginCentral = "CAPI"         // the central's consensus
)

// Scopes of decisions beside those of alerts.
const (
	ScopeCountry = "Country"
	ScopeAS      = "AS"
)

// CanonicalScope brings a scope that the program knows by name to its one spelling: "ip" is "Ip". Others stay as they are.
func CanonicalScope(s string) string {
	for _, known := range [...]string{ScopeIP, ScopeRange, ScopeCountry, ScopeAS} {
		if strings.EqualFold(s, known) {
			return known
		}
	}
	return s
}

// Decision is what is to be done about everything that a scope and value name, until a moment.
type Decision struct {
	// ID is the local API's number, ascending in the order of creation and never used again; 0 before it has one.
	ID        int64     `json:"id,omitempty"`
	UUID      string    `json:"uuid,omitempty"`
	Origin    string    `json:"origin"`   // who decided
	Type      string    `json:"type"`     // the remediation: "ban", "captcha", "throttle"
	Scope     string    `json:"scope"`    // "Ip", "Range", "Country", "AS" or free text
	Value     string    `json:"value"`    //
	Scenario  string    `json:"scenario"` // why
	Until     time.Time `json:"until"`    //
	Simulated bool      `json:"simulated"`
}

// Left is how long the decision is still in force at a moment; it is not negative.
func (d Decision) Left(at time.Time) time.Duration { return max(0, d.Until.Sub(at)) }
