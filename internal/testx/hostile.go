package testx

import (
	"encoding/json"
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

// Hostile makes the hostile inputs, about 11 MB, in a folder of the test, and returns it with the list of them. Without
// the corpora or python3 the test is skipped; where the corpora are required, python3 is too.
func Hostile(t testing.TB) (dir string, files []HostileFile) {
	t.Helper()
	generator := filepath.Join(Corpora(t), "hostile", "generate.py")
	dir = t.TempDir()
	out, err := exec.CommandContext(t.Context(), "python3", generator, dir).CombinedOutput()
	if err != nil {
		if required("shared") {
			t.Fatalf("the hostile inputs need python3: %v\n%s", err, out)
		}
		t.Skipf("the hostile inputs need python3: %v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &files); err != nil {
		t.Fatalf("index.json of the hostile inputs: %v", err)
	}
	return dir, files
}
