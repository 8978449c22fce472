package tocsin

import (
	"regexp"
	"testing"
)

// TestAlertID holds that an alert's uuid is an RFC 9562 UUID of version 8, the same for the same key for ever, and
// another one as soon as any part of the key is another.
func TestAlertID(t *testing.T) {
	base := func() AlertKey {
		return AlertKey{
			Installation: "here", RuleDigest: [32]byte{1}, Document: 1, GroupKey: "192.0.2.1", First: 3, Last: 9,
			Parents: []string{"p"}, Scope: ScopeIP, Value: "192.0.2.1",
		}
	}
	id := AlertID(base())
	// Written down: a change of the algorithm would make every alert that is sent again a new one.
	if want := "bdeea2c1-0f52-82ee-afb2-ee15409966b9"; id != want {
		t.Errorf("AlertID = %s, want %s", id, want)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("%s is no UUID of version 8", id)
	}
	seen := map[string]string{id: "the key itself"}
	f := func(what string, change func(k *AlertKey)) {
		t.Helper()
		k := base()
		change(&k)
		other := AlertID(k)
		if same, ok := seen[other]; ok {
			t.Errorf("another %s gives the id of %s", what, same)
		}
		seen[other] = what
	}
	f("installation", func(k *AlertKey) { k.Installation = "there" })
	f("rule", func(k *AlertKey) { k.RuleDigest[31] = 1 })
	f("document", func(k *AlertKey) { k.Document = 2 })
	f("group", func(k *AlertKey) { k.GroupKey = "192.0.2.2" })
	f("first line", func(k *AlertKey) { k.First = 4 })
	f("last line", func(k *AlertKey) { k.Last = 10 })
	f("parent", func(k *AlertKey) { k.Parents = []string{"q"} })
	f("number of parents", func(k *AlertKey) { k.Parents = nil })
	f("scope", func(k *AlertKey) { k.Scope = ScopeRange })
	f("value", func(k *AlertKey) { k.Value = "192.0.2.2" })
	// Parts do not run into each other.
	f("split of group and value", func(k *AlertKey) { k.GroupKey, k.Value = "192.0.2.1I", "p192.0.2.1" })
}

func TestAlertMeta(t *testing.T) {
	a := &Alert{Events: []AlertEvent{
		{Meta: []Meta{{Key: "user", Value: ""}}},
		{Meta: []Meta{{Key: "user", Value: "ana"}, {Key: "user", Value: "ben"}}},
	}}
	if got := a.GetMeta("user"); got != "ana" {
		t.Errorf("GetMeta = %q, want the first that is not empty", got)
	}
	var none *Alert
	if none.GetMeta("user") != "" || none.GetScope() != "" || none.GetScenario() != "" || none.GetEventsCount() != 0 || none.GetValue() != "" {
		t.Error("an absent alert is not empty")
	}
}

func TestCanonicalScope(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := CanonicalScope(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	f("Ip", "Ip")
	f("IP", "Ip")
	f("range", "Range")
	f("COUNTRY", "Country")
	f("as", "AS")
	f("Session", "Session")
	f("", "")
}
