package file_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tocsin.example"
	"tocsin.example/internal/source/file"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sink keeps what comes out of a source, cloned, and answers each batch at once.
type sink struct {
	lines   []string
	cuts    []int
	batches int
}

func (s *sink) emit(_ context.Context, b tocsin.Batch) error {
	s.batches++
	for _, l := range b.Lines {
		s.lines = append(s.lines, strings.Clone(l.Raw))
		s.cuts = append(s.cuts, l.Cut)
	}
	b.Done(nil)
	return nil
}

// write makes a file of the test's own.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func zip(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReplaySplitsLines(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		// The same whatever a read returns, from a plain and from a compressed stream.
		readers := map[string]io.Reader{
			"whole":     strings.NewReader(text),
			"byte":      iotest.OneByteReader(strings.NewReader(text)),
			"half":      iotest.HalfReader(strings.NewReader(text)),
			"data, EOF": iotest.DataErrReader(strings.NewReader(text)),
			"gzip":      strings.NewReader(zip(t, text)),
			"gzip byte": iotest.OneByteReader(strings.NewReader(zip(t, text))),
		}
		for name, r := range readers {
			var got sink
			err := (&file.Replay{Paths: []string{"-"}, Stdin: r, MaxLine: 8}).Run(t.Context(), got.emit)
			if err != nil {
				t.Errorf("%q (%s): %v", text, name, err)
			}
			if diff := cmp.Diff(want, got.lines); diff != "" {
				t.Errorf("%q (%s): (-want +got)\n%s", text, name, diff)
			}
		}
	}
	f("")
	f("\n")
	f("a\n", "a")
	f("a", "a")
	f("a\nb", "a", "b")
	f("a\n\n\nb\n", "a", "b")
	f("a\r\nb\r\n", "a", "b")
	f("a\r\r\nb\rc\n", "a\r", "b\rc")
	f("\r\n\r\na", "a")
	f("a\r", "a")
	f("a\x00b\n\x00\n", "a\x00b", "\x00")
	f("\xff\xfe\n", "\xff\xfe")
	f("a\x0bb\x0cc\xc2\x85\xe2\x80\xa8\n", "a\x0bb\x0cc\xc2\x85\xe2\x80\xa8"[:8])
	f(" \n", " ")
	f("12345678\n", "12345678")
	f("12345678\r\n", "12345678")
	f("123456789\nx\n", "12345678", "x")
	f("12345678", "12345678")
	f("123456789abcdef", "12345678")
	f("123456789abcdef\r\n\r\nx", "12345678", "x")
}

func TestReplayCountsWhatItCuts(t *testing.T) {
	f := func(text string, want ...int) {
		t.Helper()
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			var got sink
			replay := file.Replay{Paths: []string{"-"}, Stdin: r, MaxLine: 4}
			if err := replay.Run(t.Context(), got.emit); err != nil {
				t.Errorf("%q: %v", text, err)
			}
			if diff := cmp.Diff(want, got.cuts); diff != "" {
				t.Errorf("%q: cut (-want +got)\n%s", text, diff)
			}
			var lines, bytes int64
			for _, n := range want {
				bytes += int64(n)
				if n > 0 {
					lines++
				}
			}
			if c := replay.Count(); c.Cut != lines || c.CutBytes != bytes || c.Bytes != int64(len(text)) {
				t.Errorf("%q: count %+v, want %d lines and %d bytes cut of %d", text, c, lines, bytes, len(text))
			}
		}
	}
	f("1234\n", 0)
	f("1234\r\n", 0)
	f("12345\n", 1)
	f("12345\r\n", 1)
	f("1234\r\r\n", 1)
	f("123456\r\n", 2)
	f("123456789\r", 5)
	f("12345\n1\n1234567890\n", 1, 0, 6)
	f("12\n3"+strings.Repeat("x", 1<<20)+"\n4\n", 0, 1<<20-3, 0)
}

func TestReplayReadsFilesInOrder(t *testing.T) {
	a := write(t, "a.log", "a1\na2")
	b := write(t, "b.log.1", zip(t, "b1\n")+zip(t, "b2\n\nb3"))
	now := time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)
	labels := map[string]string{"type": "syslog"}
	replay := file.Replay{Paths: []string{b, a}, Labels: labels, Now: now}
	var got []tocsin.Line
	err := replay.Run(t.Context(), func(_ context.Context, batch tocsin.Batch) error {
		for _, l := range batch.Lines {
			l.Raw = strings.Clone(l.Raw)
			got = append(got, l)
		}
		batch.Done(nil)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	line := func(src, raw string) tocsin.Line {
		return tocsin.Line{Raw: raw, Src: src, Module: "file", Labels: labels, Time: now, Clock: tocsin.EventClock}
	}
	want := []tocsin.Line{line(b, "b1"), line(b, "b2"), line(b, "b3"), line(a, "a1"), line(a, "a2")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	c := replay.Count()
	if c.Lines != 5 || c.Empty != 1 || c.Bytes != 14 {
		t.Errorf("count %+v, want 5 lines, 1 empty, 14 bytes", c)
	}
}

// The receiver may hold every batch until the end: the lines stay, and the reader does not wait for buffers.
func TestReplayKeepsLinesUntilDone(t *testing.T) {
	var text strings.Builder
	var want []string
	for i := range 60_000 {
		want = append(want, fmt.Sprintf("line %d %s", i, strings.Repeat("x", i%97)))
		text.WriteString(want[i] + "\n")
	}
	path := write(t, "a.log", text.String())
	var held []tocsin.Batch
	replay := file.Replay{Paths: []string{path}, BatchLines: 7}
	err := replay.Run(t.Context(), func(_ context.Context, b tocsin.Batch) error {
		if len(b.Lines) > 7 {
			t.Errorf("a batch has %d lines, want at most 7", len(b.Lines))
		}
		held = append(held, b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range held {
		for _, l := range b.Lines {
			got = append(got, strings.Clone(l.Raw))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%.2000s", diff)
	}
	var wait sync.WaitGroup
	for _, b := range held { // from any goroutine
		wait.Go(func() { b.Done(nil) })
	}
	wait.Wait()
}

func TestReplayReportsWhatItCannotRead(t *testing.T) {
	f := func(want string, paths ...string) {
		t.Helper()
		var got sink
		err := (&file.Replay{Paths: paths}).Run(t.Context(), got.emit)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", paths, err, want)
		}
		if len(got.lines) > 0 {
			t.Errorf("%q: read %q before the check was over", paths, got.lines)
		}
	}
	good := write(t, "good.log", "a\n")
	f("there is nothing to read (name at least one file")
	f("absent.log: there is no such file (check the name;", good, "/no/where/absent.log")
	f("this is a folder, not a log file (name the files in it, for example "+filepath.Dir(good)+"/*.log)", filepath.Dir(good))
	f("compressed with zstd, and only gzip is read", write(t, "a.zst", "\x28\xb5\x2f\xfdxxxxxxxx"))
	f("compressed with xz", write(t, "a.xz", "\xfd7zXZ\x00xxxxxxx"))
	f("a.bz2: the file is compressed with bzip2", write(t, "a.bz2", "BZh91AY&SYxxxx"))
	f("standard input cannot be read twice", "-", "-")
	f("the gzip data ends too early", write(t, "a.gz", "\x1f\x8b\x08"))
	if os.Getuid() != 0 {
		secret := write(t, "secret.log", "a\n")
		if err := os.Chmod(secret, 0); err != nil {
			t.Fatal(err)
		}
		f("you may not read this file", secret)
	}
}

// A damaged file gives its complete lines first; the piece of a line in front of the damage is none.
func TestReplayDeliversInFrontOfDamage(t *testing.T) {
	var text strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&text, "line %d of 5000\n", i*7919%5000)
	}
	whole := zip(t, text.String())
	f := func(stored, want string) {
		t.Helper()
		var got sink
		err := (&file.Replay{Paths: []string{write(t, "x.gz", stored)}}).Run(t.Context(), got.emit)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
		read := strings.Join(got.lines, "\n") + "\n"
		if len(got.lines) == 0 || !strings.HasPrefix(text.String(), read) {
			t.Errorf("%s: read %d lines that are not the head of the text, the last is %q", want, len(got.lines), got.lines[len(got.lines)-1])
		}
	}
	f(whole[:len(whole)/2], "the gzip data ends too early")
	f(whole[:len(whole)-4], "the gzip data ends too early")
	f(whole+"garbage and more garbage", "something that is not gzip")
	f(whole[:len(whole)-8]+"01234567", "the gzip data is damaged")
}

func TestReplayPassesOnReadErrors(t *testing.T) {
	broken := errors.New("disk on fire")
	var got sink
	in := io.MultiReader(strings.NewReader("a\nb\npart"), iotest.ErrReader(broken))
	err := (&file.Replay{Paths: []string{"-"}, Stdin: in}).Run(t.Context(), got.emit)
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v in it", err, broken)
	}
	if diff := cmp.Diff([]string{"a", "b"}, got.lines); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestReplayLimitsExpansion(t *testing.T) {
	path := write(t, "bomb.gz", zip(t, strings.Repeat("x\n", 1<<20)))
	replay := file.Replay{Paths: []string{path}, MaxExpanded: 1 << 20}
	var got sink
	if err := replay.Run(t.Context(), got.emit); !errors.Is(err, file.ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
	if len(got.lines) != 1<<19 {
		t.Errorf("%d lines, want those within the limit, %d", len(got.lines), 1<<19)
	}
}

func TestReplayEndsWithItsContext(t *testing.T) {
	stop := errors.New("enough")
	t.Run("while standard input is silent", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		r, w := io.Pipe()
		defer w.Close()
		var got sink
		emit := func(ctx context.Context, b tocsin.Batch) error {
			cancel(stop)
			return got.emit(ctx, b)
		}
		go func() { _, _ = io.WriteString(w, "what is there goes out\nthe rest") }()
		if err := (&file.Replay{Paths: []string{"-"}, Stdin: r}).Run(ctx, emit); !errors.Is(err, stop) {
			t.Errorf("error %v, want %v", err, stop)
		}
		if len(got.lines) != 1 {
			t.Errorf("lines %q, want the one that was complete", got.lines)
		}
	})
	t.Run("while the input has no end", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		replay := file.Replay{Paths: []string{"/dev/zero"}}
		replay.Progress = func(n int64) {
			if n > 256<<20 {
				cancel(stop)
			}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := replay.Run(ctx, new(sink).emit); !errors.Is(err, stop) {
			t.Errorf("error %v, want %v", err, stop)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
			t.Errorf("256 MiB without a newline allocated %d bytes, want under 4 MiB", n)
		}
	})
	t.Run("when the receiver refuses", func(t *testing.T) {
		refuse := func(context.Context, tocsin.Batch) error { return stop }
		if err := (&file.Replay{Paths: []string{write(t, "a", "a\n")}}).Run(t.Context(), refuse); !errors.Is(err, stop) {
			t.Errorf("error %v, want %v", err, stop)
		}
	})
}
