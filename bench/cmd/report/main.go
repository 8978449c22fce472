// Command report measures tocsin on made-up logs and writes bench/REPORT.md: what a line costs and how that compares
// with Go's regexp on the same machine in the same minutes, memory, loading, and where the time goes.
//
//	go run ./bench/cmd/report                   # all of it, up to a quarter of an hour
//	go run ./bench/cmd/report --quick --out -   # whether it works; the numbers mean little
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"tocsin.example/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "report: %v\n", err)
		os.Exit(1)
	}
}

// run measures what args ask for and writes the report.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("report", flag.ContinueOnError)
	f.SetOutput(stderr)
	engine := f.String("engine", app.Fast, "the engine to measure")
	quick := f.Bool("quick", false, "measure a few lines once: shows that it works, and no more")
	lines := f.Int("lines", firstLines, "how many lines a quick run measures")
	root := f.String("root", ".", "the folder of tocsin's source")
	hub := f.String("hub", "", "the folder of a CrowdSec hub (default hub in $TOCSIN_CORPORA or ../shared/corpora)")
	peers := f.Bool("peers", true, "measure Debian's crowdsec and fail2ban too, fetched by apt-get download and not installed")
	out := f.String("out", filepath.Join("bench", "REPORT.md"), "the file to write, - for standard output")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 || *lines < 1 || *lines > mostLines {
		return fmt.Errorf("report takes flags only, and --lines from 1 to %d", mostLines)
	}
	if *hub == "" {
		corpora := os.Getenv("TOCSIN_CORPORA")
		if corpora == "" {
			corpora = filepath.Join(*root, "..", "shared", "corpora")
		}
		*hub = filepath.Join(corpora, "hub")
	}
	if _, err := os.Stat(filepath.Join(*hub, "scenarios")); err != nil {
		return fmt.Errorf("no hub to measure with (--hub): %w", err)
	}
	dir, err := os.MkdirTemp("", "tocsin-report-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the system clears what is left
	l := &lab{
		root: *root, hub: *hub, dir: dir, engine: *engine, quick: *quick, says: stderr, started: time.Now(),
		lines: *lines, rounds: 5, target: 1500 * time.Millisecond,
	}
	if l.quick {
		l.rounds, l.target = 1, 0
	}
	r, err := l.measure(ctx, *peers && !*quick)
	if err != nil {
		return err
	}
	r.command = "go run ./bench/cmd/report " + strings.Join(args, " ")
	text := r.markdown()
	if *out == "-" {
		_, err := io.WriteString(stdout, text)
		return err
	}
	return os.WriteFile(*out, []byte(text), 0o644)
}
