package tocsin

import "time"

// Decision is what is to be done about everything that a scope and value name, until a moment.
type Decision struct {
	UUID      string    `json:"uuid,omitempty"`
	Origin    string    `json:"origin"`   // who decided: "crowdsec", "cscli", "lists", "CAPI"
	Type      string    `json:"type"`     // the remediation: "ban", "captcha", "throttle"
	Scope     string    `json:"scope"`    // "Ip", "Range", "Country", "AS" or free text
	Value     string    `json:"value"`    //
	Scenario  string    `json:"scenario"` // why
	Until     time.Time `json:"until"`    //
	Simulated bool      `json:"simulated"`
}

// Left is how long the decision is still in force at a moment; it is not negative.
func (d Decision) Left(at time.Time) time.Duration { return max(0, d.Until.Sub(at)) }
