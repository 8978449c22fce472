package file_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/source/file"
)

func BenchmarkReplay(b *testing.B) {
	line := `203.0.113.9 - - [22/Nov/2026:10:00:00 +0000] "GET /index.php?id=1 HTTP/1.1" 200 1534 "https://example.org/" "Mozilla/5.0 (X11; Linux x86_64)"` + "\n"
	path := filepath.Join(b.TempDir(), "a.log")
	text := strings.Repeat(line, 64<<20/len(line))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r := file.Replay{Paths: []string{path}}
		err := r.Run(b.Context(), func(_ context.Context, batch tocsin.Batch) error {
			batch.Done(nil)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
