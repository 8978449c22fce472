package hostile

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/app"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/event"
	"tocsin.example/internal/source/file"
	"tocsin.example/internal/testx"
)

const (
	trueIP   = "192.0.2.1"
	forgedIP = "198.51.100.7" // in what a client wrote
	lastIP   = "192.0.2.66"   // of the generator's last lines
	mebibyte = 1 << 20
)

// TestLongLine16M: memory is bounded, the line is cut and counted, the last line is still seen.
func TestLongLine16M(t *testing.T) {
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		who, out := sources(t, e, log(t, "long_line_16M.log.gz", "syslog"))
		if len(who) != 2 || who[1] != lastIP {
			t.Errorf("sources %q, want the last line's %s", who, lastIP)
		}
		if out.read.Cut != 1 || out.read.CutBytes < 16*mebibyte-file.DefaultMaxLine {
			t.Errorf("%+v, want one line cut", out.read)
		}
		if out.bytes > 8*mebibyte {
			t.Errorf("%d bytes allocated for a line of 16 MiB", out.bytes)
		}
	})
}

// TestNoNewline1M: there is no buffer without a bound.
func TestNoNewline1M(t *testing.T) {
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		who, out := sources(t, e, log(t, "no_newline_1M.log", "syslog"))
		if !slices.Equal(who, []string{"-"}) || out.read.Cut != 1 || out.read.CutBytes != mebibyte-file.DefaultMaxLine {
			t.Errorf("sources %q, %+v; want one line, cut", who, out.read)
		}
		if out.bytes > 8*mebibyte {
			t.Errorf("%d bytes allocated", out.bytes)
		}
	})
}

// TestOneByteLines: a short line costs little: a bounded number of nodes and next to no memory.
func TestOneByteLines(t *testing.T) {
	const count = 200_000
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		out := feed(t, e, log(t, "one_byte_lines.log", "syslog"), nil)
		if out.stats.Lines != count || out.stats.Unparsed != count {
			t.Errorf("stats %+v, want %d lines that are not understood", out.stats, count)
		}
		// The reference matches with Go's regexp, which may want some bytes a line.
		if most := int64(512); out.bytes/count > most {
			t.Errorf("%d bytes allocated a line, want at most %d", out.bytes/count, most)
		}
		if perLine := out.work.Nodes / count; perLine > 16 {
			t.Errorf("a line meets %d nodes: they grow with the rules that do not concern it", perLine)
		}
	})
}

// TestInvalidUTF8: addresses are found, and what leaves the engine as JSON is valid UTF-8.
func TestInvalidUTF8(t *testing.T) {
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		who, _ := sources(t, e, log(t, "invalid_utf8.log", "syslog"))
		if want := []string{"192.0.2.1", "192.0.2.2", lastIP}; !slices.Equal(who, want) {
			t.Errorf("sources %q, want %q", who, want)
		}
		out := feed(t, e, lines{"syslog", repeat(lastLines(read(t, "invalid_utf8.log")), 12)}, nil)
		if len(out.alerts) == 0 {
			t.Error("no alert: the test proves nothing about JSON")
		}
		for _, a := range out.alerts {
			if text, err := json.Marshal(a); err != nil || !utf8.Valid(text) || !json.Valid(text) {
				t.Errorf("%s: the alert's JSON is not valid UTF-8 (%v)", a.Source, err)
			}
		}
	})
	human, machine := replayed(t, strings.Join(repeat(lastLines(read(t, "invalid_utf8.log")), 12), "\n"), "syslog")
	plain(t, human)
	human = explained(t, read(t, "invalid_utf8.log"), "syslog")
	plain(t, human)
	if !strings.Contains(human, `\xff\xfe`) {
		t.Errorf("the bytes are not shown escaped:\n%s", human)
	}
	if !utf8.ValidString(machine) {
		t.Error("the JSON is not valid UTF-8")
	}
}

// lastLines are the lines of a text.
func lastLines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

// repeat says lines again and again, each time a second later, so that thresholds are passed.
func repeat(list []string, times int) (out []string) {
	for i := range times {
		for _, l := range list {
			l = strings.Replace(l, "Nov 22 10:00:00", fmt.Sprintf("Nov 22 10:00:%02d", i), 1)
			out = append(out, strings.Replace(l, "2026:10:00:00", fmt.Sprintf("2026:10:00:%02d", i), 1))
		}
	}
	return out
}

// TestNulBytes: a text does not end at NUL.
func TestNulBytes(t *testing.T) {
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		var user string
		out := feed(t, e, log(t, "nul_bytes.log", "syslog"), func(_ string, it *detect.Item) {
			if source(it) == trueIP {
				user, _ = it.Event.GetName(event.Meta, "target_user")
				user = strings.Clone(user)
			}
		})
		if user != "a\x00b" || out.stats.Lines != 2 {
			t.Errorf("user %q in %d lines, want it whole, NUL included, in 2", user, out.stats.Lines)
		}
	})
}

// TestUTF16LEBOM: it is counted as not understood, and no line more comes of it.
func TestUTF16LEBOM(t *testing.T) {
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		out := feed(t, e, log(t, "utf16le_bom.log", "syslog"), nil)
		if out.stats.Lines != 2 || out.stats.Unparsed != 2 || out.err != nil {
			t.Errorf("stats %+v (%v), want 2 lines that are not understood", out.stats, out.err)
		}
	})
}

// TestBidiANSI: terminals see no control or bidi characters, in human output, in explain and in reports; JSON has them
// escaped.
func TestBidiANSI(t *testing.T) {
	text := strings.Join(repeat(lastLines(read(t, "bidi_ansi.log")), 12), "\n")
	human, machine := replayed(t, text, "syslog")
	for what, got := range map[string]string{"replay": human, "explain": explained(t, text, "syslog")} {
		t.Run(what, func(t *testing.T) {
			plain(t, got)
			if !strings.Contains(got, trueIP) {
				t.Errorf("the output does not show %s:\n%.2000s", trueIP, got)
			}
		})
	}
	if !strings.Contains(human, `\x1b`) && !strings.Contains(explained(t, text, "syslog"), `\x1b`) {
		t.Error("nothing hostile was shown: the test proves little")
	}
	if strings.ContainsAny(machine, "\x1b\x07") {
		t.Error("JSON holds raw control characters")
	}
}

// TestCRLFCRVT: only LF ends a line, and the address in the text is not the source.
func TestCRLFCRVT(t *testing.T) {
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		who, _ := sources(t, e, log(t, "crlf_cr_vt.log", "syslog"))
		if want := []string{"192.0.2.1", "192.0.2.2"}; !slices.Equal(who, want) {
			t.Errorf("sources %q, want %q", who, want)
		}
		accuses(t, e, "crlf_cr_vt.log", "syslog", "192.0.2.1", "192.0.2.2")
	})
}

// accuses repeats the lines of a file until they are alarming, and holds that only these addresses get alerts, and all.
func accuses(t *testing.T, e *detect.Engine, name, kind string, want ...string) {
	t.Helper()
	out := feed(t, e, lines{kind, repeat(lastLines(read(t, name)), 30)}, nil)
	got := out.accused()
	for _, ip := range want {
		if !got[ip] {
			t.Errorf("%s got no alert: %v", ip, got)
		}
		delete(got, ip)
	}
	if len(got) > 0 {
		t.Errorf("alerts against %v, who did nothing", got)
	}
}

// TestInjectSSHUser: the source is the client in every line.
func TestInjectSSHUser(t *testing.T) {
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		who, _ := sources(t, e, log(t, "inject_ssh_user.log", "syslog"))
		if want := slices.Repeat([]string{trueIP}, 5); !slices.Equal(who, want) {
			t.Errorf("sources %q, want %q", who, want)
		}
		accuses(t, e, "inject_ssh_user.log", "syslog", trueIP)
	})
}

// TestInjectHTTP: the source is the client in every line.
func TestInjectHTTP(t *testing.T) {
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		const client = "203.0.113.9"
		who, _ := sources(t, e, log(t, "inject_http.log", "nginx"))
		if want := slices.Repeat([]string{client}, 7); !slices.Equal(who, want) {
			t.Errorf("sources %q, want %q", who, want)
		}
		for ip := range feed(t, e, lines{"nginx", repeat(lastLines(read(t, "inject_http.log")), 30)}, nil).accused() {
			if ip != client {
				t.Errorf("an alert against %s", ip)
			}
		}
	})
}

// TestOddIPs: mapped addresses are folded, octets with leading zeros are not read at all, zones are dropped, and no
// alert is without an address.
func TestOddIPs(t *testing.T) {
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		got := map[string]string{}
		feed(t, e, log(t, "odd_ips.log", "syslog"), func(raw string, it *detect.Item) {
			from := regexp.MustCompile(`from (\S+) port`).FindStringSubmatch(raw)
			got[from[1]] = source(it)
		})
		for text, want := range map[string]string{
			"::ffff:192.0.2.1": "192.0.2.1", "0:0:0:0:0:ffff:c000:0201": "192.0.2.1", "fe80::1%eth0": "fe80::1",
			"2001:DB8::0001": "2001:db8::1", "0300.0.2.1": "-", "3221225985": "-", "192.0.2": "-", "1.2.3.4.5": "-",
			"999.1.1.1": "-", "192.0.2.1\u0661": "-", "192.0.2.1/32": "-", "64:ff9b::192.0.2.1": "64:ff9b::c000:201",
			"2002:c000:201::": "2002:c000:201::",
		} {
			if got[text] != want {
				t.Errorf("%s is read as %s, want %s", text, got[text], want)
			}
		}
		if len(got) != 19 {
			t.Errorf("%d lines, want 19", len(got))
		}
		out := feed(t, e, lines{"syslog", repeat(lastLines(read(t, "odd_ips.log")), 30)}, nil)
		if len(out.alerts) == 0 {
			t.Error("no alert: the test proves little")
		}
		for _, a := range out.alerts {
			switch a.Source.IP {
			case "192.0.2.1", "2001:db8::1", "2002:c000:201::", "64:ff9b::c000:201", "0.0.0.0", "255.255.255.255", "::":
			default:
				t.Errorf("an alert against %+v", a.Source)
			}
		}
	})
}

// TestOddTimes: dates that are broken or far away neither empty the buckets of others nor fill any.
func TestOddTimes(t *testing.T) {
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		out := feed(t, e, log(t, "odd_times.log", "syslog"), nil)
		if out.stats.Lines != 10 || len(out.alerts) > 0 {
			t.Errorf("stats %+v, %d alerts; want 10 lines and none", out.stats, len(out.alerts))
		}
		// Somebody guesses while such lines come in.
		odd := lastLines(read(t, "odd_times.log"))
		var list []string
		for i := range 10 {
			list = append(list, fmt.Sprintf("2026-11-22T10:00:%02dZ host sshd[1]: Failed password for root from %s port 4 ssh2", i, lastIP), odd[i])
		}
		out = feed(t, e, lines{"syslog", list}, nil)
		if diff := cmp.Diff(map[string]bool{lastIP: true}, out.accused()); diff != "" {
			t.Errorf("alerts against (-want +got):\n%s", diff)
		}
	})
}

// TestRedosUserAgents: all that a line meets is linear, and no line takes more steps than it may.
func TestRedosUserAgents(t *testing.T) {
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		who, out := sources(t, e, log(t, "redos_user_agents.log", "nginx"))
		if want := slices.Repeat([]string{"203.0.113.9"}, 5); !slices.Equal(who, want) {
			t.Errorf("sources %q, want %q", who, want)
		}
		if out.bytes > 8*mebibyte {
			t.Errorf("%d bytes allocated for 5 lines", out.bytes)
		}
	})
	for _, c := range builtIn(t, app.Fast).Costs() {
		// An overflow filter is asked of an overflow, with a bounded number of events.
		if c.Slow() && c.Part != "overflow_filter" {
			t.Errorf("%s: %s %.80q runs on %s: %s", c.Rule, c.Part, c.Text, c.Runs, c.Why)
		}
	}
	if testing.Short() {
		return
	}
	// The hub's rules search the agent for thousands of names.
	site, err := app.Open(app.Options{Hub: hubFolder(t), Install: []string{"crowdsecurity/linux", "crowdsecurity/nginx"}, Now: now()})
	if err != nil {
		t.Fatal(err)
	}
	if who, _ := sources(t, site.Engine, log(t, "redos_user_agents.log", "nginx")); len(who) != 5 || slices.Contains(who, "-") {
		t.Errorf("the hub's rules see %q", who)
	}
}

func hubFolder(t testing.TB) string {
	t.Helper()
	return testx.Corpora(t) + "/hub"
}

// TestGzipBomb100M: one line comes of it, cut, and the memory does not know how much it expands to.
func TestGzipBomb100M(t *testing.T) {
	src := log(t, "gzip_bomb_100M.json.gz", "nginx")
	out := feed(t, builtIn(t, app.Fast), src, nil)
	if out.err != nil || out.stats.Lines != 1 || out.read.Cut != 1 || out.read.Bytes < 100*mebibyte {
		t.Errorf("%+v, %d lines (%v); want one, cut", out.read, out.stats.Lines, out.err)
	}
	if out.bytes > 8*mebibyte {
		t.Errorf("%d bytes allocated", out.bytes)
	}
	src.MaxExpanded = mebibyte
	if out := feed(t, builtIn(t, app.Fast), src, nil); out.err == nil || !strings.Contains(out.err.Error(), "larger than the limit") {
		t.Errorf("error %v, want that it is larger than the limit", out.err)
	}
}

// TestGzipInGzip: only one layer is opened.
func TestGzipInGzip(t *testing.T) {
	out := feed(t, builtIn(t, app.Fast), log(t, "gzip_in_gzip.gz", "syslog"), nil)
	if out.err != nil || out.stats.Parsed > 0 || out.read.Bytes > mebibyte {
		t.Errorf("%+v, stats %+v (%v); want the bytes of the inner layer as lines", out.read, out.stats, out.err)
	}
}

// TestGzipManyMembers: each costs little.
func TestGzipManyMembers(t *testing.T) {
	const members = 50_000
	out := feed(t, builtIn(t, app.Fast), log(t, "gzip_many_members.gz", "syslog"), nil)
	if out.err != nil || out.stats.Lines != members {
		t.Errorf("%d lines (%v), want %d", out.stats.Lines, out.err, members)
	}
	if perMember := out.bytes / members; perMember > 256 {
		t.Errorf("%d bytes allocated a member", perMember)
	}
}

// TestGzipTruncated: it is an error, and no part of a line takes effect.
func TestGzipTruncated(t *testing.T) {
	out := feed(t, builtIn(t, app.Fast), log(t, "gzip_truncated.gz", "syslog"), nil)
	if out.err == nil || !strings.Contains(out.err.Error(), "ends too early") || out.stats.Lines > 0 {
		t.Errorf("error %v, %d lines; want an error and none", out.err, out.stats.Lines)
	}
}

// TestWALLikeGrowth: a hundred thousand sources take a bounded number of bytes each, and what goes over the limit of
// buckets goes and is counted.
func TestWALLikeGrowth(t *testing.T) {
	// The generator's addresses are private, which the built-in rules leave alone.
	list := lastLines(strings.ReplaceAll(read(t, "wal_like_growth.log"), " from 10.", " from 20."))
	if testing.Short() {
		list = list[:20_000] // with the race detector it takes long
	}
	count := uint64(len(list))
	e := builtIn(t, app.Fast)
	out := feed(t, e, lines{"syslog", list}, nil)
	c := out.core.Store().Counters
	if got := out.addresses(); out.stats.Parsed != count || c.Created < count || len(got) > 0 {
		t.Errorf("stats %+v, buckets %+v; want a bucket each and no alert against an address, got %v", out.stats, c, got)
	}
	// Lines that come and go are in it, too.
	if per := out.bytes / int64(c.Created); per > 1500 {
		t.Errorf("%d bytes allocated a bucket", per)
	}
	core := e.NewCore(nil)
	core.Store().MaxBuckets = 1000
	worker, it := e.NewWorker(nil, nil), e.NewItem()
	src := lines{"syslog", list[:10_000]}
	num := uint64(0)
	err := src.Run(t.Context(), each(func(l *line) {
		num++
		worker.Work(it, num, l)
		core.Settle(it)
	}))
	if err != nil {
		t.Fatal(err)
	}
	c = core.Store().Counters
	live := core.Store().Len()
	if live > 1000 || c.Evicted == 0 {
		t.Errorf("%d live buckets of %d allowed; %+v", live, 1000, c)
	}
	if bucket.DefaultMaxBuckets > 1_000_000 {
		t.Error("the default limit grew: look at the memory that it means")
	}
}

// TestSourcesLater holds that the sources that came first are still known after a flood of others: a flood of new
// addresses does not hide an attacker.
func TestSourcesLater(t *testing.T) {
	var list []string
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for i := range 8 {
		list = append(list, fmt.Sprintf("%s host sshd[1]: Failed password for root from %s port 4 ssh2", at.Add(time.Duration(i)*time.Second).Format(time.RFC3339), lastIP))
		for k := range 2000 {
			list = append(list, fmt.Sprintf("%s host sshd[1]: Failed password for root from 20.%d.%d.%d port 4 ssh2",
				at.Add(time.Duration(i)*time.Second).Format(time.RFC3339), i, k>>8, k&255))
		}
	}
	out := feed(t, builtIn(t, app.Fast), lines{"syslog", list}, nil)
	if got := out.addresses(); len(got) != 1 || got[0] != lastIP {
		t.Errorf("alerts against %v, want %s alone", got, lastIP)
	}
}

// addresses are those that single addresses are accused of; ranges of which hundreds of addresses fail are guessers, too.
func (o *outcome) addresses() (list []string) {
	for who := range o.accused() {
		if !strings.Contains(who, "/") {
			list = append(list, who)
		}
	}
	return list
}
