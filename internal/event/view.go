package event

import (
	"net/netip"
	"slices"
	"time"

	"tocsin.example"
)

// Values of View.Type and View.ExpectMode.
const (
	TypeLog      = 0
	TypeOverflow = 1
	TypeAppsec   = 2

	ModeLive        = 0
	ModeTimeMachine = 1
)

// View is an event as expressions see it, with the field and method names of the rules' `evt`. Reading an absent key of
// Parsed, Meta or Enriched yields "", of Unmarshaled nil.
type View struct {
	Type            int
	ExpectMode      int
	Whitelisted     bool
	WhitelistReason string
	Stage           string
	Line            Line
	Parsed          map[string]string
	Enriched        map[string]string
	Meta            map[string]string
	Unmarshaled     map[string]any
	Overflow        Overflow
	Time            time.Time
	StrTime         string
	StrTimeFormat   string
	MarshaledTime   string
	Process         bool
	Appsec          Appsec

	owner *Event
}

// Line is the line of an event as expressions see it.
type Line struct {
	Raw     string
	Src     string
	Time    time.Time
	Labels  map[string]string
	Process bool
	Module  string
}

// Overflow is the overflow that an event of type 1 carries.
type Overflow struct {
	Mapkey      string
	BucketId    string //nolint:revive // the name that rules use
	Whitelisted bool
	Reprocess   bool
	// Sources are keyed by their value; each is the Source of one of the alerts, so that a postoverflow's change shows in
	// both.
	Sources map[string]*tocsin.AlertSource
	// Alert is the alert of the first source; nil on the event of a line.
	Alert     *tocsin.Alert
	APIAlerts []tocsin.Alert
}

// GetSources returns the values of all sources, sorted.
func (o Overflow) GetSources() []string {
	out := make([]string, 0, len(o.Sources))
	for v := range o.Sources {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

func (v *View) space(sp Space) map[string]string {
	switch sp {
	case Meta:
		return v.Meta
	case Enriched:
		return v.Enriched
	default:
		return v.Parsed
	}
}

// GetType returns "log", "overflow" or "unknown".
func (v *View) GetType() string {
	switch v.Type {
	case TypeLog:
		return "log"
	case TypeOverflow:
		return "overflow"
	default:
		return "unknown"
	}
}

// GetMeta returns a meta field of a line's event, or the first non-empty value among the events of an overflow.
func (v *View) GetMeta(key string) string {
	switch v.Type {
	case TypeLog:
		return v.Meta[key]
	case TypeOverflow:
		for i := range v.Overflow.APIAlerts {
			if s := v.Overflow.APIAlerts[i].GetMeta(key); s != "" {
				return s
			}
		}
	}
	return ""
}

// SetMeta writes a meta field and returns true.
func (v *View) SetMeta(key, value string) bool { return v.set(Meta, key, value) }

// SetParsed writes a parsed field and returns true.
func (v *View) SetParsed(key, value string) bool { return v.set(Parsed, key, value) }

// set writes through the owner, so that slots and maps stay equal. A copy has no owner and is never written, since
// buckets share it.
func (v *View) set(sp Space, key, value string) bool {
	if v.owner != nil {
		v.owner.SetName(sp, key, value)
	}
	return true
}

// ParseIPSources returns the addresses that an event is about, without zones: Meta.source_ip of a line, the sources of
// an overflow.
func (v *View) ParseIPSources() []netip.Addr {
	var texts []string
	switch v.Type {
	case TypeLog:
		if v.owner != nil {
			s, _ := v.owner.GetName(Meta, sourceIP)
			texts = []string{s}
		} else {
			texts = []string{v.Meta[sourceIP]}
		}
	case TypeOverflow:
		texts = v.Overflow.GetSources()
	}
	var out []netip.Addr
	for _, s := range texts {
		if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, a.Unmap().WithZone(""))
		}
	}
	return out
}

// FormatTime writes a time as MarshaledTime holds it: RFC 3339 with as many digits of the second as it has.
func FormatTime(t time.Time) string { return t.Format(time.RFC3339Nano) }
