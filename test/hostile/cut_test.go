package hostile

import (
	"io"
	"strings"
	"testing"

	"tocsin.example/internal/source/file"
)

// TestForgedEnds: where a line is cut is for a client to choose, who fills it up, so that its own words stand where the
// daemon's last ones should. Such a line accuses nobody, and is counted; a line of one byte less accuses the client.
func TestForgedEnds(t *testing.T) {
	const limit = 2048
	forged := func(head, end, tail string) string {
		return head + strings.Repeat("a", limit-len(head)-len(end)) + end + " and on and on" + tail
	}
	kinds := map[string][]string{
		"syslog": {
			forged("2026-08-22T10:00:01Z host sshd[7]: Failed password for ", " from 198.51.100.7 port 22 ssh2", " from 192.0.2.1 port 22 ssh2"),
			forged("2026-08-22T10:00:01Z host sshd[7]: Failed password for ", " from 2001:db8::7 port 22 ssh2", " from 192.0.2.1 port 22 ssh2"),
			forged("2026-08-22T10:00:01Z host sshd[7]: Invalid user ", " from 198.51.100.7 port 22", " from 192.0.2.1 port 22"),
			forged("2026-08-22T10:00:01Z host vsftpd[7]: [", `] FAIL LOGIN: Client "198.51.100.7"`, `] FAIL LOGIN: Client "192.0.2.1"`),
			forged("2026-08-22T10:00:01Z host proftpd[7]: host (192.0.2.1[192.0.2.1]) - USER ", "", ": no such user"),
		},
		"mysql": {
			forged("2026-08-22T10:00:01.000000Z 7 [Note] Access denied for user '", "'@'198.51.100.7' (using password: YES)", "'@'192.0.2.1' (using password: YES)"),
		},
		"nginx": {
			forged("2026/08/22 10:00:01 [error] 7#7: *7 open() \"/srv/", `" failed (2: No such file or directory), client: 198.51.100.7, server: _, request: "GET / HTTP/1.1", host: "x"`, `" failed (2: No such file or directory), client: 192.0.2.1, server: _, request: "GET / HTTP/1.1", host: "x"`),
		},
	}
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		whole := uint64(0)
		for kind, list := range kinds {
			read := func(maxLine int) ([]string, *outcome) {
				text := strings.Join(list, "\n") + "\n"
				return sources(t, e, &file.Replay{
					Paths: []string{"-"}, Stdin: io.NopCloser(strings.NewReader(text)), Labels: map[string]string{"type": kind}, Now: now(), MaxLine: maxLine,
				})
			}
			who, out := read(limit)
			for i, got := range who {
				if got != "-" {
					t.Errorf("the cut line accuses %s: %.60s...", got, list[i])
				}
			}
			if n := len(list); out.stats.Cut != uint64(n) || out.stats.Unparsed != uint64(n) {
				t.Errorf("%s: stats %+v, want %d lines set aside", kind, out.stats, n)
			}
			who, out = read(0)
			for i, got := range who {
				if got == "198.51.100.7" || got == "2001:db8::7" {
					t.Errorf("the whole line accuses %s: %.60s...", got, list[i])
				}
			}
			if whole += out.stats.Parsed; out.stats.Cut != 0 {
				t.Errorf("%s: stats %+v, want lines that are whole", kind, out.stats)
			}
		}
		if whole < 4 { // an error line of nginx that names two clients says nothing of either
			t.Errorf("only %d of the whole lines are understood", whole)
		}
	})
}
