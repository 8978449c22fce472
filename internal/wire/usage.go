package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Usage is the body of POST /v1/usage-metrics: one of the two lists, with one element.
type Usage struct {
	LogProcessors         List[UsageOf] `json:"log_processors"`
	RemediationComponents List[UsageOf] `json:"remediation_components"`
}

// UsageOf is what a bouncer or a machine reports of itself. Each has keys that the other has not.
type UsageOf struct {
	Datasources         map[string]float64         `json:"datasources,omitempty"`
	FeatureFlags        List[string]               `json:"feature_flags"`
	HubItems            map[string]List[UsageItem] `json:"hub_items,omitempty"`
	LastPull            int64                      `json:"last_pull,omitempty"`
	LastPush            int64                      `json:"last_push,omitempty"`
	LastUpdate          int64                      `json:"last_update,omitempty"`
	Metrics             List[UsageMetrics]         `json:"metrics"`
	Name                string                     `json:"name,omitempty"`
	OS                  *UsageOS                   `json:"os,omitempty"`
	Type                string                     `json:"type,omitempty"`
	UTCStartupTimestamp *int64                     `json:"utc_startup_timestamp"` // seconds
	Version             *string                    `json:"version"`
}

// UsageItem is an item of the hub that a machine has.
type UsageItem struct {
	Name    string `json:"name,omitempty"`
	Status  string `json:"status,omitempty"`
	Version string `json:"version,omitempty"`
}

// UsageOS is the system that somebody runs on.
type UsageOS struct {
	Family  string `json:"family,omitempty"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

// UsageMetrics are values of one window of time.
type UsageMetrics struct {
	Items List[UsageValue] `json:"items"`
	Meta  *UsageMeta       `json:"meta"`
}

// UsageMeta says which window it was.
type UsageMeta struct {
	UTCNowTimestamp   *int64 `json:"utc_now_timestamp"`   // seconds
	WindowSizeSeconds *int64 `json:"window_size_seconds"` //
}

// UsageValue is one value: how many requests were dropped, and for which origin.
type UsageValue struct {
	Labels Labels   `json:"labels,omitempty"`
	Name   string   `json:"name"`
	Unit   string   `json:"unit"`
	Value  *float64 `json:"value"`
}

// Labels are texts by name. Numbers and booleans become texts, null and an empty list are none.
type Labels map[string]string

// UnmarshalJSON reads them.
func (l *Labels) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if len(b) > 0 && b[0] == '[' && len(bytes.TrimSpace(b[1:len(b)-1])) == 0 {
		return nil
	}
	var raw map[string]any
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*l = make(Labels, len(raw))
	for k, v := range raw {
		switch v := v.(type) {
		case nil:
		case string:
			(*l)[k] = v
		case bool:
			(*l)[k] = strconv.FormatBool(v)
		case float64:
			(*l)[k] = strconv.FormatFloat(v, 'g', -1, 64)
		default:
			return fmt.Errorf("the label %q is no text", cut(k, 40))
		}
	}
	return nil
}

// Limits of a report.
const (
	maxUsageWindows = 1000
	maxUsageValues  = 10_000
	maxUsageLabels  = 50
)

// What a report lacks, in CrowdSec's words.
var (
	errNoComponent = errors.New("Missing remediation component data")              //nolint:staticcheck // what the reference says
	errNoProcessor = errors.New("Missing log processor data")                      //nolint:staticcheck // what the reference says
	errComponents  = errors.New("Payload has more than one remediation component") //nolint:staticcheck // what the reference says
	errProcessors  = errors.New("Payload has more than one log processor")         //nolint:staticcheck // what the reference says
)

// ReadUsage reads a report of a bouncer, or of a machine, in all forms that clients write it: lists as objects, empty
// objects as lists. It returns the one element that speaks of the caller. An [InvalidError] says what it lacks.
func ReadUsage(r io.Reader, machine bool) (*UsageOf, error) {
	var in Usage
	if err := Read(r, &in); err != nil {
		return nil, err
	}
	list, none, many, key := in.RemediationComponents, errNoComponent, errComponents, "remediation_components"
	if machine {
		list, none, many, key = in.LogProcessors, errNoProcessor, errProcessors, "log_processors"
	}
	switch len(list) {
	case 0:
		return nil, none
	case 1:
		return &list[0], list[0].check(key + ".0.")
	}
	return nil, many
}

func (u *UsageOf) check(at string) error {
	bad := &InvalidError{}
	if u.UTCStartupTimestamp == nil {
		bad.fault("%sutc_startup_timestamp in body is required", at)
	}
	required(at+"version", u.Version, bad)
	short(at+"version", text(u.Version), MaxName, bad)
	short(at+"name", u.Name, MaxName, bad)
	short(at+"type", u.Type, MaxName, bad)
	if o := u.OS; o != nil {
		short(at+"os.name", o.Name, MaxName, bad)
		short(at+"os.version", o.Version, MaxName, bad)
	}
	if len(u.Metrics) > maxUsageWindows {
		bad.fault("%smetrics has more than %d elements", at, maxUsageWindows)
		return bad
	}
	for i := range u.Metrics {
		u.Metrics[i].check(fmt.Sprintf("%smetrics.%d.", at, i), bad)
	}
	return bad.err()
}

func (m *UsageMetrics) check(at string, bad *InvalidError) {
	switch {
	case m.Meta == nil:
		bad.fault("%smeta in body is required", at)
	case m.Meta.UTCNowTimestamp == nil:
		bad.fault("%smeta.utc_now_timestamp in body is required", at)
	case m.Meta.WindowSizeSeconds == nil:
		bad.fault("%smeta.window_size_seconds in body is required", at)
	}
	if len(m.Items) > maxUsageValues {
		bad.fault("%sitems has more than %d elements", at, maxUsageValues)
		return
	}
	for i, v := range m.Items {
		if v.Value == nil {
			bad.fault("%sitems.%d.value in body is required", at, i)
		}
		if len(v.Name) > MaxName || len(v.Unit) > MaxName || len(v.Labels) > maxUsageLabels {
			bad.fault("%sitems.%d has a name, a unit or labels that are too long", at, i)
		}
	}
}
