// Command api measures the local API as its users meet it: the program itself is started with a state folder, filled,
// and asked over loopback. The figures go into the part of bench/REPORT.md between two marks, or to standard output.
//
//	go run ./bench/cmd/api                        # all of it, some minutes
//	go run ./bench/cmd/api --quick --out -        # whether it works; the numbers mean little
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "api: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("api", flag.ContinueOnError)
	program := f.String("program", "", "the tocsin to measure (default: build this one)")
	quick := f.Bool("quick", false, "a hundredth of everything: shows that it works, and no more")
	out := f.String("out", filepath.Join("bench", "REPORT.md"), "the report to write into, - for standard output")
	if err := f.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "tocsin-api-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the system clears what is left
	l := &lab{program: *program, dir: dir, scale: 1}
	if *quick {
		l.scale = 100
	}
	if l.program == "" {
		l.program = filepath.Join(dir, "tocsin")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", l.program, "./cmd/tocsin")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build tocsin: %w: %s", err, text)
		}
	}
	rows, err := l.measure(ctx)
	if err != nil {
		return err
	}
	text := render(rows, "go run ./bench/cmd/api "+strings.Join(args, " "))
	if *out == "-" {
		_, err := os.Stdout.WriteString(text)
		return err
	}
	return splice(*out, text)
}
