// Command gen writes a made-up log: the same flags give the same bytes. It is for measurements, or an hour of one kind of
// traffic, of which docs/benign.md lists the benign ones.
//
//	go run ./bench/cmd/gen --kind nginx --lines 1000000 --seed 1 access.log
//	go run ./bench/cmd/gen --kind benign/office --log syslog mail.log
//	go run ./bench/cmd/gen --kind attack/ssh-range --attackers who.txt auth.log
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

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
	kind := f.String("kind", string(gen.Nginx), "nginx, sshd, mix, caddy or traefik; or traffic: --kind list names all")
	lines := f.Int("lines", 1000, "how many lines; not of traffic")
	seed := f.Uint64("seed", 1, "another seed, another log")
	addresses := f.Int("addresses", gen.DefaultAddresses, "how many addresses there are; not of traffic")
	attacks := f.Float64("attacks", gen.DefaultAttacks, "the share of lines that belong to attacks; not of traffic")
	var h hour
	f.StringVar(&h.log, "log", "", "of traffic that writes several logs: which one, by its type")
	f.StringVar(&h.web, "web", "nginx", "of traffic: the form of access logs, nginx, apache2, caddy or traefik")
	f.StringVar(&h.attackers, "attackers", "", "of traffic: a file for who must be found, a line each")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *kind == "list" {
		return list(stdout)
	}
	if f.NArg() != 1 {
		return errors.New("name one file to write, or - for standard output")
	}
	write := func(w io.Writer) error {
		return gen.Write(w, gen.Options{Kind: gen.Kind(*kind), Lines: *lines, Seed: *seed, Addresses: *addresses, Attacks: *attacks})
	}
	if strings.Contains(*kind, "/") {
		h.kind, h.seed = *kind, *seed
		write = h.write
	}
	if f.Arg(0) == "-" {
		return write(stdout)
	}
	return toFile(f.Arg(0), write)
}

// toFile creates a file and lets write fill it.
func toFile(name string, write func(w io.Writer) error) error {
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := write(out); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
