package verdict_test

import (
	"fmt"
	"iter"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/verdict"
)

// at is a moment of the stories, in seconds after their beginning.
func at(seconds float64) time.Time {
	return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// story is an index whose changes are written as texts: "+3 ban Ip 1.2.3.4 100" begins decision 3 until second 100,
// "-3" ends it. The number of a change is that of the change before and one; "@20" lets time pass.
type story struct {
	*testing.T
	x   *verdict.Index
	seq uint64
	now float64
}

func tell(t *testing.T, changes ...string) *story {
	t.Helper()
	s := &story{T: t, x: verdict.New()}
	s.tell(changes...)
	return s
}

func (s *story) tell(changes ...string) {
	s.Helper()
	for _, c := range changes {
		var id int64
		if strings.HasPrefix(c, "@") {
			s.scan(c[1:], &s.now)
			continue
		}
		s.seq++
		if strings.HasPrefix(c, "-") {
			s.scan(c[1:], &id)
			s.x.Apply([]verdict.Change{{Seq: s.seq, End: true, At: at(s.now), Decision: tocsin.Decision{ID: id}}})
			continue
		}
		d := tocsin.Decision{Origin: "cscli", Scenario: "test/why"}
		var until float64
		s.scan(c[1:], &d.ID, &d.Type, &d.Scope, &d.Value, &until)
		d.Until = at(until)
		s.x.Apply([]verdict.Change{{Seq: s.seq, At: at(s.now), Decision: d}})
	}
}

func (s *story) scan(text string, into ...any) {
	s.Helper()
	if _, err := fmt.Sscan(text, into...); err != nil {
		s.Fatalf("%q: %v", text, err)
	}
}

// ids writes the IDs of decisions.
func ids(list iter.Seq[tocsin.Decision]) string {
	var b strings.Builder
	for d := range list {
		fmt.Fprintf(&b, " %d", d.ID)
	}
	return strings.TrimPrefix(b.String(), " ")
}

// TestDelta tells what changes for a bouncer that had polled before.
func TestDelta(t *testing.T) {
	f := func(before, between []string, dedup bool, wantNew, wantEnded string) {
		t.Helper()
		s := tell(t, before...)
		c := s.x.All(at(s.now), verdict.Filter{}, dedup).Next
		s.tell(between...)
		d := s.x.Since(at(s.now), c, verdict.Filter{}, dedup)
		if got, ended := ids(d.New), ids(d.Ended); got != wantNew || ended != wantEnded || d.Reset {
			t.Errorf("%q, then %q, dedup %v: new %q, ended %q, reset %v; want %q, %q", before, between, dedup, got, ended, d.Reset, wantNew, wantEnded)
		}
		again := s.x.Since(at(s.now), d.Next, verdict.Filter{}, dedup)
		if got, ended := ids(again.New), ids(again.Ended); got != "" || ended != "" || again.Next != d.Next {
			t.Errorf("%q, then %q: told twice: %q, %q", before, between, got, ended)
		}
	}
	both := func(before, between []string, wantNew, wantEnded string) {
		t.Helper()
		f(before, between, false, wantNew, wantEnded)
		f(before, between, true, wantNew, wantEnded)
	}
	type l = []string
	both(nil, nil, "", "")
	both(nil, l{"+1 ban Ip 1.2.3.4 100"}, "1", "")
	both(l{"+1 ban Ip 1.2.3.4 100"}, l{"-1"}, "", "1")
	both(l{"+1 ban Ip 1.2.3.4 100"}, l{"-1", "-1", "-7"}, "", "1")
	both(l{"+1 ban Ip 1.2.3.4 100"}, l{"@99.999"}, "", "")
	both(l{"+1 ban Ip 1.2.3.4 100"}, l{"@100"}, "", "1")
	both(l{"+1 ban Ip 1.2.3.4 100"}, l{"@100", "-1"}, "", "1")
	both(l{"+1 ban Ip 1.2.3.4 100", "@100"}, l{"-1"}, "", "") // over already
	both(nil, l{"+1 ban Ip 1.2.3.4 100", "-1"}, "", "1")      // began and ended in between
	both(nil, l{"+1 ban Ip 1.2.3.4 100", "@100"}, "", "1")
	both(nil, l{"@50", "+1 ban Ip 1.2.3.4 50"}, "", "") // over when it came
	both(nil, l{"+1 ban Ip 1.2.3.4 100", "+1 ban Ip 5.6.7.8 100"}, "1", "")
	both(nil, l{"+1 ban Ip 1.2.3.4 100", "+2 captcha Ip 1.2.3.4 100", "+3 ban Range 1.2.3.4/32 100"}, "1 2 3", "") // no twins

	twins := l{"+1 ban Ip 1.2.3.4 100", "+2 ban Ip 1.2.3.4 200"}
	f(nil, twins, false, "1 2", "")
	f(nil, twins, true, "2", "")
	f(nil, l{"+1 ban Ip 2001:DB8::1 100", "+2 ban Ip 2001:db8:0::1 200"}, true, "2", "")
	f(nil, l{"+1 ban Ip 1.2.3.4 100", "+2 ban Ip ::ffff:1.2.3.4 100"}, true, "1", "")
	f(twins, l{"@100"}, false, "", "1")
	f(twins, l{"@100"}, true, "", "") // the longer one is in force
	f(twins, l{"@200"}, false, "", "1 2")
	f(twins, l{"@200"}, true, "", "2")
	f(twins, l{"-1"}, true, "", "")
	f(twins, l{"-2"}, false, "", "2")
	f(twins, l{"-2"}, true, "1", "") // the survivor counts now
	f(twins, l{"-2", "-1"}, true, "", "2")
	f(twins[:1], l{"+2 ban Ip 1.2.3.4 90"}, true, "", "") // shorter
	f(twins[:1], l{"+2 ban Ip 1.2.3.4 200"}, true, "2", "")
	f(twins[:1], l{"-1", "+2 ban Ip 1.2.3.4 90"}, true, "2", "")
	f(twins[:1], l{"+2 ban Ip 1.2.3.4 200", "-2"}, true, "", "")
	f(l{"@500"}, l{"@450", "+1 ban Ip 1.2.3.4 600", "+2 ban Ip 5.6.7.8 480"}, true, "1", "2") // the clock stepped back
}

func TestReset(t *testing.T) {
	f := func(c verdict.Cursor, want bool) {
		t.Helper()
		s := tell(t, "@5000", "+1 ban Ip 1.2.3.4 6000", "+2 ban Ip 1.2.3.5 6000")
		d := s.x.Since(at(5010), c, verdict.Filter{}, true)
		if d.Reset != want || d.Reset && (ids(d.New) != "1 2" || d.Next != verdict.Cursor{Seq: 2, Time: at(5010)}) {
			t.Errorf("cursor %v: reset %v, next %v", c, d.Reset, d.Next)
		}
	}
	f(verdict.Cursor{}, false)
	f(verdict.Cursor{Seq: 1, Time: at(5000)}, false)
	f(verdict.Cursor{Seq: 1, Time: at(5010).Add(verdict.Slack)}, false)
	f(verdict.Cursor{Seq: 1, Time: at(5011).Add(verdict.Slack)}, true)
	f(verdict.Cursor{Seq: 3, Time: at(5000)}, true)
	f(verdict.Cursor{Seq: 2, Time: at(5010).Add(-time.Hour)}, false)
	f(verdict.Cursor{Seq: 2, Time: at(5009).Add(-time.Hour)}, true) // the store may have tidied
}

func TestFind(t *testing.T) {
	s := tell(t, "+1 captcha Ip 1.2.3.4 200", "+2 ban Range 1.2.3.99/24 100", "+3 ban Ip 1.2.3.4 300", "+4 log Ip 1.2.3.4 50",
		"+5 ban Ip 2001:DB8::1 100", "+6 ban Range 2001:db8::/32 100", "+7 throttle Country FR 100", "+8 ban session 1.2.3.4 100",
		"+9 ban Range 1.2.0.0/16 100", "+10 ban Ip nonsense 100", "-9", "+11 ban Ip nothing 100")
	s.x.Apply([]verdict.Change{{Seq: 100, At: at(0), Decision: tocsin.Decision{ID: 100, Scope: "session", Until: at(20)}}})
	f := func(second float64, q verdict.Query, want string) {
		t.Helper()
		var got []string
		for _, d := range s.x.Find(at(second), q) {
			got = append(got, fmt.Sprintf("%d:%s", d.ID, d.Value))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%+v: %q, want %q", q, s, want)
		}
	}
	prefix := func(p string) verdict.Query { return verdict.Query{Prefix: netip.MustParsePrefix(p)} }
	inside := func(p string) verdict.Query { return verdict.Query{Prefix: netip.MustParsePrefix(p), Inside: true} }
	f(10, prefix("1.2.3.4/32"), "3:1.2.3.4 2:1.2.3.0/24 4:1.2.3.4 1:1.2.3.4")
	f(10, prefix("::ffff:1.2.3.4/128"), "3:1.2.3.4 2:1.2.3.0/24 4:1.2.3.4 1:1.2.3.4")
	f(60, prefix("1.2.3.4/32"), "3:1.2.3.4 2:1.2.3.0/24 1:1.2.3.4")
	f(100, prefix("1.2.3.4/32"), "3:1.2.3.4 1:1.2.3.4")
	f(10, prefix("1.2.3.5/32"), "2:1.2.3.0/24")
	f(10, prefix("1.2.4.5/32"), "")
	f(10, prefix("1.2.3.128/25"), "2:1.2.3.0/24")
	f(10, prefix("2001:db8::1/128"), "5:2001:db8::1 6:2001:db8::/32")
	f(10, inside("1.2.3.0/24"), "3:1.2.3.4 2:1.2.3.0/24 4:1.2.3.4 1:1.2.3.4")
	f(10, inside("1.2.3.4/32"), "3:1.2.3.4 4:1.2.3.4 1:1.2.3.4")
	f(10, inside("::/0"), "5:2001:db8::1 6:2001:db8::/32")
	f(10, verdict.Query{Value: "FR"}, "7:FR")
	f(10, verdict.Query{Value: "1.2.3.4"}, "3:1.2.3.4 8:1.2.3.4 4:1.2.3.4 1:1.2.3.4")
	f(10, verdict.Query{Value: "2001:0db8:0::1"}, "5:2001:db8::1")
	f(10, verdict.Query{Value: "nonsense"}, "10:nonsense")
	f(10, verdict.Query{IDs: []int64{7, 3, 9, 3, 99}}, "3:1.2.3.4 7:FR")
	f(10, verdict.Query{IDs: []int64{}}, "")
	f(10, verdict.Query{IDs: []int64{100}}, "100:")
	f(10, verdict.Query{IDs: []int64{100, 7}, Value: "FR"}, "7:FR")
	f(10, verdict.Query{ByID: true, After: 6, Limit: 2}, "7:FR 8:1.2.3.4")
	f(10, verdict.Query{ByID: true, Offset: 2, Limit: 1}, "3:1.2.3.4")
	f(10, verdict.Query{Limit: 2}, "3:1.2.3.4 2:1.2.3.0/24")
	f(10, verdict.Query{Filter: verdict.Filter{Scopes: []string{"Country"}}}, "7:FR")
	f(10, verdict.Query{Filter: verdict.Filter{Scopes: []string{"Country"}, ScenariosContaining: []string{"WHY"}}}, "7:FR")
	f(10, verdict.Query{Filter: verdict.Filter{Types: []string{"captcha", "log"}, ScenariosWithout: []string{"Test/"}}}, "")
}
