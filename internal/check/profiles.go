package check

import (
	"time"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/inforce"
	"tocsin.example/internal/profile"
	"tocsin.example/internal/rule"
)

// profiles is a profiles.yaml: no item of a hub, but read by the same people.
const profiles rule.Type = "profiles"

// checkProfiles reads profiles as a local API would, which knows of decisions and the past.
func checkProfiles(f rule.File, host *cond.Host, problems *diag.List) {
	var h cond.Host
	if host != nil {
		h = *host
	}
	h.Decisions = inforce.New()
	// What is wrong is on the list.
	_, _ = profile.Load(profile.Options{Host: &h, Past: noPast{}, AnyNotification: true}, problems, profile.File{Path: f.Path, Text: f.Text})
}

// noPast stands for the past of a local API: nothing is judged here.
type noPast struct{}

// Offences implements profile.Past.
func (noPast) Offences(string, time.Time, time.Duration) (int, error) { return 0, nil }
