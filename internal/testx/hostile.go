package testx

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// HostileFile is one input of the corpora's generator of hostile inputs, as its index.json tells of it.
type HostileFile struct {
	File     string `json:"file"`
	Bytes    int    `json:"bytes"`
	FeedTo   string `json:"feed_to"`
	MustHold string `json:"must_hold"`
}

// Hostile returns the folder of the hostile inputs, about 11 MB that nobody writes to, and the list of them. They are
// made once for all tests of the same user and generator. Without the corpora or python3 the test is skipped; where the
// corpora are required, python3 is too.
func Hostile(t testing.TB) (dir string, files []HostileFile) {
	t.Helper()
	generator := filepath.Join(Corpora(t), "hostile", "generate.py")
	text, err := os.ReadFile(generator)
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(os.TempDir(), fmt.Sprintf("tocsin-hostile-%d-%x", os.Getuid(), sha256.Sum256(text)))
	if _, err := os.Stat(dir); err != nil {
		generate(t, generator, dir)
	}
	text, err = os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &files); err != nil {
		t.Fatalf("index.json of the hostile inputs: %v", err)
	}
	return dir, files
}

// generate runs a generator. The folder appears when it is complete: other tests may look for it meanwhile.
func generate(t testing.TB, generator, dir string) {
	t.Helper()
	draft := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "python3", generator, draft).CombinedOutput(); err != nil {
		if required("shared") {
			t.Fatalf("the hostile inputs need python3: %v\n%s", err, out)
		}
		t.Skipf("the hostile inputs need python3: %v\n%s", err, out)
	}
	if err := os.Rename(draft, dir); err != nil {
		if _, there := os.Stat(dir); there != nil { // no other test was faster
			t.Fatal(err)
		}
	}
}
