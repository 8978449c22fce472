package decide_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/allow"
	"tocsin.example/internal/decide"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// TestLift holds what ends when something is allowed: decisions on it, inside it and on ranges around it.
func TestLift(t *testing.T) {
	f := func(item, wantLifted, wantLeft string) {
		t.Helper()
		w := newWorld(t, func(o *decide.Options) {
			o.Resolver = names{"home.example.org": {"192.0.2.7", "2001:db8::7"}}
		})
		for _, v := range [][2]string{
			{"Ip", "192.0.2.7"}, {"Ip", "192.0.2.8"}, {"Range", "192.0.2.0/24"}, {"Range", "192.0.0.0/16"}, {"Ip", "2001:db8::7"}, {"Country", "FR"}, {"AS", "FR"},
		} {
			w.ban(v[0], v[1])
		}
		added := w.list("mine", item)
		var lifted []string
		for _, d := range added.Lifted {
			lifted = append(lifted, d.Value)
		}
		if got := strings.Join(lifted, " "); got != wantLifted || added.Count != len(lifted) {
			t.Errorf("%s lifts %s (%d), want %s", item, got, added.Count, wantLifted)
		}
		var left []string
		for d := range w.index.All(w.clock.now(), verdict.Filter{}, false).New {
			left = append(left, d.Value)
		}
		if got := strings.Join(left, " "); got != wantLeft {
			t.Errorf("%s leaves %s, want %s", item, got, wantLeft)
		}
		if w.Counts().DecisionsLifted != uint64(added.Count) {
			t.Errorf("%d are counted", w.Counts().DecisionsLifted)
		}
	}
	f("192.0.2.7", "192.0.2.7 192.0.2.0/24 192.0.0.0/16", "192.0.2.8 2001:db8::7 FR FR")
	f("192.0.2.9", "192.0.2.0/24 192.0.0.0/16", "192.0.2.7 192.0.2.8 2001:db8::7 FR FR")
	f("192.0.2.0/24", "192.0.2.7 192.0.2.8 192.0.2.0/24 192.0.0.0/16", "2001:db8::7 FR FR")
	f("192.0.2.8/31", "192.0.2.8 192.0.2.0/24 192.0.0.0/16", "192.0.2.7 2001:db8::7 FR FR")
	f("::/0", "2001:db8::7", "192.0.2.7 192.0.2.8 192.0.2.0/24 192.0.0.0/16 FR FR")
	f("home.example.org", "192.0.2.7 192.0.2.0/24 192.0.0.0/16 2001:db8::7", "192.0.2.8 FR FR")
	f("Country:FR", "FR", "192.0.2.7 192.0.2.8 192.0.2.0/24 192.0.0.0/16 2001:db8::7 FR")
	f("203.0.113.1", "", "192.0.2.7 192.0.2.8 192.0.2.0/24 192.0.0.0/16 2001:db8::7 FR FR")
	f("away.example.org", "", "192.0.2.7 192.0.2.8 192.0.2.0/24 192.0.0.0/16 2001:db8::7 FR FR")
}

func TestAllowlists(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	is := func(value, want string) {
		t.Helper()
		var got []string
		for _, it := range w.Allowed(value) {
			got = append(got, it.Reason())
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%s is allowed by %s, want %s", value, s, want)
		}
	}
	fails := func(err error, want string) {
		t.Helper()
		if err == nil || err.Error() != want {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
	added := w.list("mine", "192.0.2.7", "192.0.2.0/24", "192.0.2.7/32", "Country:FR")
	if diff := cmp.Diff([]string{"192.0.2.7", "192.0.2.0/24", "Country:FR"}, added.Added); diff != "" {
		t.Error(diff)
	}
	is("192.0.2.7", "192.0.2.7 from mine, 192.0.2.0/24 from mine")
	is("Country:FR", "Country:FR from mine")
	is("2001:db8::1", "")
	is("::1", "::1 from guard rail: loopback")
	// An item that is there takes the comment and expiry given now.
	again, err := w.AddAllowed(ctx, "mine", []store.AllowItem{{Value: "192.0.2.7", Comment: "office", Expires: start.Add(time.Hour)}})
	if err != nil || len(again.Added) != 0 || !slices.Equal(again.Changed, []string{"192.0.2.7"}) {
		t.Errorf("%+v, %v", again, err)
	}
	is("192.0.2.7", "192.0.2.7 from mine (office), 192.0.2.0/24 from mine")
	w.clock.pass(time.Hour)
	is("192.0.2.7", "192.0.2.0/24 from mine")
	// An item that is over lifts nothing.
	w.ban("Ip", "198.51.100.1")
	over, err := w.AddAllowed(ctx, "mine", []store.AllowItem{{Value: "198.51.100.1", Expires: start}})
	if err != nil || over.Count != 0 {
		t.Errorf("%+v, %v", over, err)
	}
	removed, missing, err := w.RemoveAllowed(ctx, "mine", []string{"192.0.2.99/24", "192.0.2.1", "nonsense"})
	if err != nil || !slices.Equal(removed, []string{"192.0.2.0/24"}) || !slices.Equal(missing, []string{"192.0.2.1", "nonsense"}) {
		t.Errorf("removed %v, missing %v, %v", removed, missing, err)
	}
	is("192.0.2.9", "")
	// What cannot be changes nothing.
	_, err = w.AddAllowed(ctx, "mine", []store.AllowItem{{Value: "203.0.113.1"}, {Value: "nonsense"}})
	fails(err, `"nonsense" is neither an address, a range, a DNS name nor SCOPE:VALUE`)
	is("203.0.113.1", "")
	_, err = w.AddAllowed(ctx, "mine", []store.AllowItem{{Value: "203.0.113.1", Comment: strings.Repeat("x", 1025)}})
	fails(err, "the comment of 203.0.113.1 has 1025 bytes; the limit is 1024")
	_, err = w.AddAllowed(ctx, "yours", []store.AllowItem{{Value: "203.0.113.1"}})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the error is %v", err)
	}
	_, _, err = w.RemoveAllowed(ctx, "yours", nil)
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the error is %v", err)
	}
	if err := w.CreateAllowlist(ctx, "mine", ""); !errors.Is(err, store.ErrExists) {
		t.Errorf("the error is %v", err)
	}
	fails(w.CreateAllowlist(ctx, "", ""), "the name of an allowlist is not empty and has no space around it")
	fails(w.CreateAllowlist(ctx, "a\x1bb", ""), "the name of an allowlist has characters that cannot be printed")
	fails(w.CreateAllowlist(ctx, "guard rail: mine", ""), "the name of an allowlist does not begin with `guard rail:`")
	fails(w.CreateAllowlist(ctx, strings.Repeat("x", 256), ""), "the name of an allowlist has at most 255 bytes")
	fails(w.CreateAllowlist(ctx, "x", strings.Repeat("x", 1025)), "the description has 1025 bytes; the limit is 1024")
	// A start reads the lists again, and lifts nothing that was forced meanwhile.
	w.allow("mine", "192.0.2.50")
	w.ban("Ip", "192.0.2.50")
	w.open(nil)
	is("192.0.2.50", "192.0.2.50 from mine")
	if n := len(w.index.Find(w.clock.now(), verdict.Query{Prefix: netip.MustParsePrefix("192.0.2.50/32")})); n != 1 {
		t.Errorf("%d decisions after the start", n)
	}
	if err := w.DeleteAllowlist(ctx, "mine"); err != nil {
		t.Fatal(err)
	}
	is("192.0.2.50", "")
	if err := w.DeleteAllowlist(ctx, "mine"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the error is %v", err)
	}
}

func TestTooManyItems(t *testing.T) {
	w := newWorld(t, nil)
	items := make([]store.AllowItem, decide.MaxAllowItems)
	a := netip.MustParseAddr("10.0.0.0")
	for i := range items {
		items[i].Value, a = a.String(), a.Next()
	}
	w.list("big")
	if _, err := w.AddAllowed(t.Context(), "big", items); err != nil {
		t.Fatal(err)
	}
	_, err := w.AddAllowed(t.Context(), "big", []store.AllowItem{{Value: "192.0.2.1"}})
	if err == nil || !strings.HasSuffix(err.Error(), "there would be 200001 items on allowlists; the limit is 200000") {
		t.Errorf("the error is %v", err)
	}
	_, err = w.AddAllowed(t.Context(), "big", make([]store.AllowItem, decide.MaxAllowItems+1))
	if err == nil {
		t.Error("no error")
	}
}

// names is DNS: a name without an entry cannot be asked, one with an empty entry has no addresses.
type names map[string][]string

func (n names) Resolve(_ context.Context, name string) ([]netip.Addr, time.Duration, error) {
	list, ok := n[name]
	if !ok {
		return nil, 0, errors.New("no answer from the name server")
	}
	if len(list) == 0 {
		return nil, 0, allow.ErrNoName
	}
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out, time.Minute, nil
}

// TestNames holds how the addresses of a name on an allowlist come and go.
func TestNames(t *testing.T) {
	dns := names{"home.example.org": {"192.0.2.1"}}
	with := func(o *decide.Options) { o.Resolver = dns }
	w := newWorld(t, with)
	f := func(pass time.Duration, want string) {
		t.Helper()
		w.clock.pass(pass)
		if err := w.RefreshNames(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, n := range w.Names() {
			got = append(got, fmt.Sprintf("%s %v %s", n.Name, n.Addresses, n.Error))
		}
		if s := strings.TrimSpace(strings.Join(got, ", ")); s != want {
			t.Errorf("names: %s, want %s", s, want)
		}
	}
	added := w.list("mine", "home.example.org", "office.example.org")
	if !slices.Equal(added.Unresolved, []string{"office.example.org"}) {
		t.Errorf("unresolved: %v", added.Unresolved)
	}
	const noAnswer = ", office.example.org [] no answer from the name server"
	f(0, "home.example.org [192.0.2.1] "+noAnswer)
	// A new address counts when the answer before is no longer good, and lifts what is in force.
	dns["home.example.org"] = []string{"192.0.2.2", "192.0.2.1", "192.0.2.2"}
	w.ban("Ip", "192.0.2.2")
	f(59*time.Second, "home.example.org [192.0.2.1] "+noAnswer)
	w.wantInForce("ban Ip:192.0.2.2 59m1s")
	f(time.Second, "home.example.org [192.0.2.1 192.0.2.2] "+noAnswer)
	w.wantInForce("")
	// While DNS is silent the addresses of before stay, over a restart too.
	delete(dns, "home.example.org")
	f(time.Minute, "home.example.org [192.0.2.1 192.0.2.2] no answer from the name server"+noAnswer)
	w.open(with)
	if len(w.Allowed("192.0.2.2")) != 1 {
		t.Error("forgotten at the restart")
	}
	f(time.Hour, "home.example.org [192.0.2.1 192.0.2.2] no answer from the name server"+noAnswer)
	// When DNS says that there are none, they go.
	dns["home.example.org"] = nil
	f(time.Minute, "home.example.org [] the name has no addresses"+noAnswer)
	if len(w.Allowed("192.0.2.2")) != 0 {
		t.Error("allowed still")
	}
	if _, _, err := w.RemoveAllowed(t.Context(), "mine", []string{"HOME.example.org"}); err != nil {
		t.Fatal(err)
	}
	f(0, strings.TrimPrefix(noAnswer, ", "))
	if n := w.Counts().NameFaults; n == 0 {
		t.Error("no fault was counted")
	}
}

// TestHostGuards holds that new addresses of the host are guarded, and bans on them lifted.
func TestHostGuards(t *testing.T) {
	guards, fault := guard("192.0.2.1"), error(nil)
	w := newWorld(t, func(o *decide.Options) { o.HostGuards = func() ([]allow.Item, error) { return guards, fault } })
	w.ban("Ip", "192.0.2.1") // by force
	w.ban("Ip", "192.0.2.2")
	if err := w.RefreshGuards(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantInForce("ban Ip:192.0.2.1 1h0m0s, ban Ip:192.0.2.2 1h0m0s")
	guards = guard("192.0.2.1", "192.0.2.2")
	if err := w.RefreshGuards(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantInForce("ban Ip:192.0.2.1 1h0m0s")
	guards, fault = nil, errors.New("no /proc")
	if err := w.RefreshGuards(t.Context()); !errors.Is(err, fault) {
		t.Errorf("the error is %v", err)
	}
	if n := len(w.GuardRails()); n != len(allow.Always())+2 {
		t.Errorf("%d guard rails", n)
	}
}

// TestNoBanBehindAnAllowlist adds to allowlists while alerts come in from several machines: when all is done, nothing is
// in force against what is allowed.
func TestNoBanBehindAnAllowlist(t *testing.T) {
	w := newWorld(t, nil)
	w.list("mine")
	address := func(i int) string { return fmt.Sprintf("192.0.2.%d", i%250) }
	var alerts [8][]*tocsin.Alert
	for m := range alerts {
		for i := range 250 {
			alerts[m] = append(alerts[m], w.alert("Ip", address(i*7+m)))
		}
	}
	var wg sync.WaitGroup
	for m := range alerts {
		wg.Go(func() {
			for _, a := range alerts[m] {
				if _, err := w.AddAlerts(t.Context(), strconv.Itoa(m), []*tocsin.Alert{a}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 250 {
			if i%2 == 0 {
				if _, err := w.AddAllowed(t.Context(), "mine", []store.AllowItem{{Value: address(i * 3)}}); err != nil {
					t.Error(err)
				}
			}
		}
	})
	wg.Wait()
	banned := 0
	for d := range w.index.All(w.clock.now(), verdict.Filter{}, false).New {
		banned++
		if allowed := w.Allowed(d.Value); len(allowed) > 0 {
			t.Errorf("%s is banned behind %s", d.Value, allowed[0].Reason())
		}
	}
	c := w.Counts()
	if banned == 0 || c.AlertsAccepted+c.AlertsAllowed != 2000 || c.AlertsAllowed == 0 {
		t.Errorf("%d bans; %+v", banned, c)
	}
}
