// Command gen writes a made-up log for measurements: the same flags give the same bytes.
//
//	go run ./bench/cmd/gen --kind nginx --lines 1000000 --seed 1 access.log
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"tocsin.example/bench/gen"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "gen: %v\n", err)
		os.Exit(1)
	}
}

// run writes the log that args ask for.
func run(args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("gen", flag.ContinueOnError)
	f.SetOutput(stderr)
	kind := f.String("kind", string(gen.Nginx), "nginx, sshd, mix, caddy or traefik")
	lines := f.Int("lines", 1000, "how many lines")
	seed := f.Uint64("seed", 1, "another seed, another log")
	addresses := f.Int("addresses", gen.DefaultAddresses, "how many addresses there are")
	attacks := f.Float64("attacks", gen.DefaultAttacks, "the share of lines that belong to attacks")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("name one file to write, or - for standard output")
	}
	o := gen.Options{Kind: gen.Kind(*kind), Lines: *lines, Seed: *seed, Addresses: *addresses, Attacks: *attacks}
	if f.Arg(0) == "-" {
		return gen.Write(stdout, o)
	}
	out, err := os.Create(f.Arg(0))
	if err != nil {
		return err
	}
	if err := gen.Write(out, o); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
