package file_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/source/file"
	"tocsin.example/internal/testx"
)

func TestReplayHostile(t *testing.T) {
	dir, _ := testx.Hostile(t)
	const prefix = "Nov 22 10:00:00 host sshd[1]: "
	const last = prefix + "Failed password for root from 192.0.2.66 port 4 ssh2"
	f := func(name string, lines int, wantLast string) (file.Count, string) {
		t.Helper()
		replay := file.Replay{Paths: []string{filepath.Join(dir, name)}}
		var all strings.Builder
		n, end := 0, ""
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := replay.Run(t.Context(), func(_ context.Context, b tocsin.Batch) error {
			for _, l := range b.Lines {
				n++
				end = strings.Clone(l.Raw)
				if all.Len() < 1<<20 {
					all.WriteString(l.Raw + "\n")
				}
			}
			b.Done(nil)
			return nil
		})
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n != lines {
			t.Errorf("%s: %d lines, want %d", name, n, lines)
		}
		if wantLast != "" && end != wantLast {
			t.Errorf("%s: the last line is %.100q, want %q", name, end, wantLast)
		}
		// What is allocated in all bounds what is held. The copies of lines above are the test's own.
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
			t.Errorf("%s: allocated %d bytes", name, grown)
		}
		return replay.Count(), all.String()
	}
	long, _ := f("long_line_16M.log.gz", 2, last)
	if want := int64(len(prefix) + 16<<20 + len(" from 192.0.2.1") - file.DefaultMaxLine); long.Cut != 1 || long.CutBytes != want {
		t.Errorf("the line of 16 MiB: %+v, want 1 cut by %d bytes", long, want)
	}
	f("no_newline_1M.log", 1, strings.Repeat("A", file.DefaultMaxLine))
	f("one_byte_lines.log", 200_000, "x")
	f("nul_bytes.log", 2, strings.Repeat("\x00", 4096)+last)
	f("gzip_many_members.gz", 50_000, "a")
	f("wal_like_growth.log", 100_000, "")
	f("gzip_bomb_100M.json.gz", 1, "")
	// Bytes are kept as they are; only '\n' ends a line.
	for name, lines := range map[string]int{"crlf_cr_vt.log": 2, "invalid_utf8.log": 3, "bidi_ansi.log": 1} {
		_, got := f(name, lines, "")
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: read %q, want %q", name, got, want)
		}
	}
	// One layer only: what is inside is a line of gzip bytes, not its expansion.
	if c, _ := f("gzip_in_gzip.gz", countLines(t, filepath.Join(dir, "gzip_in_gzip.gz")), ""); c.Bytes > 1<<20 {
		t.Errorf("gzip_in_gzip.gz: expanded to %d bytes", c.Bytes)
	}
	truncated := file.Replay{Paths: []string{filepath.Join(dir, "gzip_truncated.gz")}}
	err := truncated.Run(t.Context(), new(sink).emit)
	if err == nil || !strings.Contains(err.Error(), "gzip_truncated.gz: the gzip data ends too early") {
		t.Errorf("error %v, want that the data ends too early", err)
	}
	if n := truncated.Count().Lines; n != 0 {
		t.Errorf("gzip_truncated.gz: %d lines, want none: its only line is not complete", n)
	}
}

// countLines counts with the obvious means the lines of the first layer that are not empty.
func countLines(t *testing.T, path string) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "gzip", "-dc", path)
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("gzip -dc: %v", err)
	}
	n := 0
	for line := range strings.SplitSeq(string(out), "\n") {
		if strings.TrimSuffix(line, "\r") != "" {
			n++
		}
	}
	return n
}

func FuzzReplay(f *testing.F) {
	f.Add([]byte("a\r\nb\n\n\r\rccccccccccccccc\r\n"), uint8(3))
	f.Add([]byte("\x1f\x8b\x08\x00garbage"), uint8(1))
	for _, s := range testx.Naughty() {
		f.Add([]byte(s), uint8(200))
	}
	f.Fuzz(func(t *testing.T, data []byte, limit uint8) {
		replay := file.Replay{Paths: []string{"-"}, Stdin: io.NopCloser(strings.NewReader(string(data))), MaxLine: int(limit) + 1}
		var got sink
		err := replay.Run(t.Context(), got.emit)
		for i, l := range got.lines {
			if len(l) > int(limit)+1 || l == "" || strings.Contains(l, "\n") {
				t.Fatalf("line %q is not one of at most %d bytes", l, int(limit)+1)
			}
			if got.cuts[i] > 0 && len(l) != int(limit)+1 {
				t.Fatalf("line %q was cut before the limit", l)
			}
		}
		if err != nil || len(data) > 2 && strings.HasPrefix(string(data), "\x1f\x8b\x08") {
			return
		}
		n := 0 // every byte is delivered, cut, or part of a line end
		for line := range strings.SplitSeq(string(data), "\n") {
			n += len(strings.TrimSuffix(line, "\r"))
		}
		for i, l := range got.lines {
			n -= len(l) + got.cuts[i]
		}
		if n != 0 {
			t.Fatalf("%d bytes of %q are neither delivered nor counted", n, data)
		}
	})
}
