package event

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin.example"
)

// sshdSchema has the fields that rules for sshd write, among those of many other rules.
func sshdSchema() *Schema {
	s := NewSchema()
	for i := range 1000 {
		s.Slot(Parsed, fmt.Sprintf("other%d", i))
		if i == 300 {
			for _, name := range []string{"timestamp", "logsource", "program", "pid", "message", "sshd_invalid_user", "sshd_client_ip", "sshd_port"} {
				s.Slot(Parsed, name)
			}
		}
		if i == 600 {
			for _, name := range []string{"service", "log_type", "source_ip", "target_user", "machine", "datasource_path", "datasource_type"} {
				s.Slot(Meta, name)
			}
			s.Slot(Enriched, "MarshaledTime")
		}
	}
	s.Freeze()
	return s
}

// sshd makes an event of a failed login as rules would.
func sshd(ev *Event, n int, labels map[string]string) {
	at := time.Date(2026, 6, 1, 0, 0, n/5, 0, time.UTC)
	user, ip, port := fmt.Sprintf("user%d", n*7919%300), fmt.Sprintf("%d.%d.%d.%d", 1+n*31%200, n*17%256, n*n%256, n%256), strconv.Itoa(1024+n*7919%60000)
	stamp, pid := at.Format("Jan _2 15:04:05"), strconv.Itoa(1000+n)
	message := "Failed password for invalid user " + user + " from " + ip + " port " + port + " ssh2"
	raw := stamp + " gate sshd[" + pid + "]: " + message
	ev.Reset(uint64(n+1), &tocsin.Line{
		Raw: raw, Src: "/var/log/auth.log", Module: "file", Labels: labels, Time: time.Unix(1.8e9, 0).UTC(), Clock: tocsin.EventClock,
	})
	part := func(s string) string { i := strings.Index(raw, s); return raw[i : i+len(s)] }
	v := ev.Scalars()
	for _, f := range [...]struct {
		sp          Space
		name, value string
	}{
		{Parsed, "timestamp", stamp},
		{Parsed, "logsource", "gate"},
		{Parsed, "program", "sshd"},
		{Parsed, "pid", pid},
		{Parsed, "message", message},
		{Parsed, "sshd_invalid_user", user},
		{Parsed, "sshd_client_ip", ip},
		{Parsed, "sshd_port", port},
		{Meta, "source_ip", ip},
		{Meta, "target_user", user},
		{Meta, "machine", "gate"},
	} {
		ev.SetName(f.sp, f.name, part(f.value))
	}
	ev.SetName(Meta, "service", "ssh")
	ev.SetName(Meta, "log_type", "ssh_failed-auth")
	ev.SetName(Meta, "datasource_path", "/var/log/auth.log")
	ev.SetName(Meta, "datasource_type", "file")
	v.Time, v.StrTime, v.Stage = at, part(stamp), "s02-enrich"
	v.MarshaledTime = FormatTime(at)
	ev.SetName(Enriched, "MarshaledTime", v.MarshaledTime)
}

// TestRecordSize: of an event that is like those before it, little more than its line is written, and nothing is
// allocated.
func TestRecordSize(t *testing.T) {
	in := NewInterner()
	ev := New(sshdSchema())
	labels := map[string]string{"type": "syslog"}
	var rec []byte
	for n := range 1000 {
		sshd(ev, n, labels)
		rec, _ = ev.AppendRecord(rec[:0], in)
		if more := len(rec) - len(ev.Scalars().Line.Raw); n > 100 && more > 24 {
			t.Fatalf("record %d is %d bytes longer than its line", n, more)
		}
		same(t, ev, in)
	}
	if n := testing.AllocsPerRun(100, func() { rec, _ = ev.AppendRecord(rec[:0], in) }); n != 0 {
		t.Errorf("AppendRecord allocates %v times", n)
	}
}

func benchEvents(n int) []*Event {
	s := sshdSchema()
	labels := map[string]string{"type": "syslog"}
	events := make([]*Event, n)
	for i := range events {
		events[i] = New(s)
		sshd(events[i], i, labels)
	}
	return events
}

func BenchmarkAppendRecord(b *testing.B) {
	events := benchEvents(64)
	in := NewInterner()
	var rec []byte
	bytes := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		rec, _ = events[i&63].AppendRecord(rec[:0], in)
		bytes += len(rec)
	}
	b.ReportMetric(float64(bytes)/float64(b.N), "B/record")
}

func BenchmarkDecodeRecord(b *testing.B) {
	events := benchEvents(64)
	in := NewInterner()
	recs := make([][]byte, 64)
	for i, ev := range events {
		recs[i], _ = ev.AppendRecord(nil, in)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := events[0].Schema().DecodeRecord(recs[i&63], in); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCopy is what a record saves.
func BenchmarkCopy(b *testing.B) {
	events := benchEvents(64)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		events[i&63].Copy()
	}
}
