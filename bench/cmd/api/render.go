package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// The marks between which the part stands in the report; what is around them is another command's.
const (
	begins = "<!-- local API: written by go run ./bench/cmd/api -->\n"
	ends   = "<!-- end of local API -->\n"
)

// row is one line of the table.
type row struct {
	what, got, wanted string
	ok                bool
	peer              string // what CrowdSec needs, as ../shared/spec and the issue have it
}

func render(rows []row, command string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n## The local API\n\n", begins)
	fmt.Fprintf(&b, "%s, %d processors, %s, `%s`. The server and the generator share the processors. CPU is the server's,\n"+
		"user and system, as the kernel counts it; latency is open loop, from the moment a request was due.\n\n",
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.Version(), strings.TrimSpace(command))
	b.WriteString("| what | measured | wanted | | CrowdSec |\n| --- | ---: | ---: | --- | ---: |\n")
	for _, r := range rows {
		mark := "yes"
		if !r.ok {
			mark = "**no**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.what, r.got, r.wanted, mark, r.peer)
	}
	b.WriteString("\n" + ends)
	return b.String()
}

// splice puts the part in its place in a report, or at its end if it has none yet.
func splice(path, part string) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	text := string(old)
	from, to := strings.Index(text, begins), strings.Index(text, ends)
	switch {
	case from >= 0 && to > from:
		text = text[:from] + part + text[to+len(ends):]
	case text == "":
		text = "# Measurements\n\n" + part
	default:
		text = strings.TrimRight(text, "\n") + "\n\n" + part
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
