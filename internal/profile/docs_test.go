package profile_test

import (
	"os"
	"strings"
	"testing"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/profile"
)

// TestDocument holds that the profiles of docs/profiles.md are profiles without a fault.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/profiles.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```yaml\n")[1:]
	if len(blocks) < 2 {
		t.Fatalf("%d profiles", len(blocks))
	}
	for _, b := range blocks {
		b, _, _ = strings.Cut(b, "```")
		var problems diag.List
		if _, err := profile.Load(options(facts{}), &problems, profile.File{Path: "docs/profiles.md", Text: []byte(b)}); err != nil || problems.Warnings() > 0 {
			t.Errorf("%s\n%v", b, problems.Problems())
		}
	}
}
