// Command tocsin finds attackers in logs and stops them. All of it is package cli.
package main

import (
	"os"

	"tocsin.example/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
