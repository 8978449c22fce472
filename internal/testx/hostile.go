package testx

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
		missing(t, "shared", "the hostile inputs need python3: %v\n%s", err, out)
	}
	if err := os.Rename(draft, dir); err != nil {
		if _, there := os.Stat(dir); there != nil { // no other test was faster
			t.Fatal(err)
		}
	}
}

// Naughty are texts that a client may send as its name, path or agent: odd bytes and letters, what other programs run or
// expand, and addresses to blame others. Fuzz targets start from them, too.
func Naughty() []string {
	return []string{
		"", " ", "\t", "  root  ", "-", "--", "null", "nil", "undefined", "true", "NaN", "-1", "1e400", "0x41", "٣٤", "root\x00admin",
		"root\radmin", "root\x0badmin", "root\u0085admin", "root\u2028admin", "\ufeffroot", "\u202eroot\u202c", "ro\u200bot", "İ", "ſ", "K",
		"\x1b[2J\x1b]0;gone\x07", "\x9b31m", "\xff\xfe", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "é", "e\u0301", "👩‍👩‍👧", "𝕣𝕠𝕠𝕥",
		"%s%n%x", "%00", "%2e%2e%2f", "../../etc/passwd", `..\..\boot.ini`, "$(id)", "`id`", "|id", "; id", "&& id", "\\n~! id", "~! id",
		"' OR 1=1--", `"; DROP TABLE alerts; --`, "{{7*7}}", "${jndi:ldap://x/a}", "<script>alert(1)</script>", "<!--", "]]>", "]]>&lt;",
		"[preauth]", "port 22 ssh2", "from", "from ", " from 198.51.100.7", "x from 198.51.100.7 port 22 ssh2", "from 198.51.100.7 port 1",
		"198.51.100.7", "::ffff:198.51.100.7", "rhost=198.51.100.7", "user=x rhost=198.51.100.7", "x, client: 198.51.100.7, server: y",
		"\\", `\"`, `\x22 198.51.100.7`, "(", ")", "[", "(?P<a>", "a{1000}{1000}", "%{IP:x}", strings.Repeat("a", 5000), strings.Repeat("%", 5000),
		strings.Repeat("from 198.51.100.7 port 1 ", 400), strings.Repeat("\u0301", 2000), "Failed password for root from 198.51.100.7 port 1 ssh2",
		": ", "]: ", "sshd[1]: Invalid user x from 198.51.100.7 port 1",
	}
}

// NaughtyPatterns are regular expressions that take for ever, or very much memory, where nobody looks.
func NaughtyPatterns() []string {
	return []string{
		"(b+)+$", "(b|b)*c", "(.*b){20}", "(y+z+y+)+w", "(?:b{0,900}){0,900}", "((b{0,40}){0,40}){0,40}",
		strings.Repeat("(", 1200) + strings.Repeat(")", 1200), "(?:" + strings.Repeat("b?", 400) + ")" + strings.Repeat("b", 400),
		"b{1001}", "(?i)" + strings.Repeat("ſk", 200), `[^\x00-\x{10FFFF}]`, "(|b|)*?$",
	}
}

// NaughtyDocuments are small JSON and YAML texts of the shapes that hurt a careless reader.
func NaughtyDocuments() []string {
	return []string{
		strings.Repeat("[", 2000), strings.Repeat(`{"a":`, 500), `{"a":1,"a":2,"n":1e400,"k":"\ud800"}`, "{\"a\":\"\x01\xff\"}", "\ufeff{}",
		"a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c]\n", "a: &a [*a]\n",
		"name: a/b\nname: c/d\n<<: {type: leaky}\n<<: {type: trigger}\n", "!!python/object/apply:os.system ['id']\n", "? [complex]\n: 1\n",
		`{"parsers":{"x/../../y":{"path":"../../y.yaml","versions":{"1":{"digest":"0"}}}}}`,
		`{"parsers":{"a/b":{"path":"parsers/s01/\u202e/b.yaml"},"A/B":{"path":"/etc/passwd"},"c":{"path":"parsers\\\\..\\\\c.yaml"}}}`,
	}
}
