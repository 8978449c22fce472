package event

import (
	"reflect"
	"testing"
	"time"

	"tocsin.example"
)

// FuzzRecord makes an event of the input, as a byte string of small commands, and holds its record to its copy.
func FuzzRecord(f *testing.F) {
	f.Add([]byte("\x00\x10sshd[1]: failed\x01\x00\x03ssh\x02\x01\x031]:\x03\x02\x06listed"))
	f.Add([]byte("\x00\x05a b c\x04\x00\x01a\x05\x03\x01b\x06\x01\x01\x07\x02\x02\x08\x01x"))
	f.Add([]byte("\x08\x01x\x08\x02yz\x09\x00\x09\x01"))
	schema := testSchema()
	f.Fuzz(func(t *testing.T, data []byte) {
		in := NewInterner()
		ev := New(schema)
		for range 3 { // as new, by guess and by number
			fuzzed(ev, data)
			rec, ok := ev.AppendRecord(nil, in)
			if !ok {
				return
			}
			got, err := schema.DecodeRecord(rec, in)
			if err != nil {
				t.Fatal(err)
			}
			if want := ev.Copy(); !reflect.DeepEqual(want, got) {
				t.Fatalf("the record of %+v is %+v", want, got)
			}
		}
	})
}

// fuzzed makes an event as the commands of the input say.
func fuzzed(ev *Event, data []byte) {
	next := func() (b byte) {
		if len(data) > 0 {
			b, data = data[0], data[1:]
		}
		return b
	}
	text := func() string {
		n := min(int(next()), len(data))
		s := string(data[:n])
		data = data[n:]
		return s
	}
	raw := ""
	if len(data) > 0 && data[0] == 0 {
		next()
		raw = text()
	}
	ev.Reset(uint64(len(data)), &tocsin.Line{Raw: raw, Src: "src", Time: time.Unix(int64(len(data)), 7).UTC()})
	v := ev.Scalars()
	names := []string{"message", "program", "a", "b", "c", "log_type", "source_ip", "spilled"}
	for len(data) > 0 {
		switch op := next(); op % 10 {
		case 0, 1, 2, 3:
			ev.SetName(Space(op%3), names[next()%8], text())
		case 4: // a part of the line
			from := min(int(next()), len(raw))
			ev.SetName(Parsed, names[op%8], raw[from:min(len(raw), from+int(next()))])
		case 5:
			v.StrTime = text()
		case 6:
			v.Time = v.Time.Add(time.Duration(next()) * time.Second).In(time.FixedZone("", int(next())*900))
		case 7:
			v.Stage, v.Whitelisted = text(), !v.Whitelisted
		case 8:
			ev.Unmarshaled()[text()] = []any{text(), float64(next()) / 3, map[string]string{text(): text()}, nil, true}
		default:
			ev.Cut, ev.Parents = int(next()), append(ev.Parents, text())
		}
	}
}

// FuzzDecodeRecord: bytes that are no record give an error or an event, never more.
func FuzzDecodeRecord(f *testing.F) {
	schema := testSchema()
	in := NewInterner()
	ev := New(schema)
	for _, raw := range []string{"", "sshd[12]: Failed password for a from 192.0.2.1"} {
		for range 3 {
			ev.Reset(1, &tocsin.Line{Raw: raw, Src: "src", Labels: map[string]string{"type": "x"}})
			ev.SetName(Parsed, "a", "sshd")
			ev.SetName(Meta, "spilled", "word")
			ev.Unmarshaled()["d"] = map[string]any{"list": []any{1.5, 2.0, "x", nil, true}, "kv": map[string]string{"a": "b"}}
			ev.Parents = []string{"p"}
			rec, _ := ev.AppendRecord(nil, in)
			f.Add(rec)
		}
	}
	f.Add([]byte{0, 0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1})
	f.Fuzz(func(t *testing.T, rec []byte) {
		k, err := schema.DecodeRecord(rec, in)
		if (k == nil) != (err != nil) {
			t.Fatalf("got %v and %v", k, err)
		}
	})
}

// TestBrokenRecords: every part of a record that is missing or another byte in it is an error or another event.
func TestBrokenRecords(t *testing.T) {
	in := NewInterner()
	ev := New(testSchema())
	ev.Reset(1, &tocsin.Line{Raw: "sshd[12]: Failed", Src: "src"})
	ev.SetName(Parsed, "a", "sshd")
	ev.SetName(Meta, "a", "elsewhere")
	ev.Unmarshaled()["d"] = []any{1.5, "x"}
	rec, _ := ev.AppendRecord(nil, in)
	for i := range len(rec) - len("sshd[12]: Failed") {
		if _, err := ev.Schema().DecodeRecord(rec[:i], in); err == nil {
			t.Errorf("the first %d bytes of %q are a record", i, rec)
		}
		for b := range 256 {
			broken := append([]byte(nil), rec...)
			broken[i] = byte(b)
			_, _ = ev.Schema().DecodeRecord(broken, in) // must not panic
		}
	}
	if _, err := ev.Schema().DecodeRecord(rec, NewInterner()); err == nil {
		t.Error("a record is read with another Interner")
	}
}
