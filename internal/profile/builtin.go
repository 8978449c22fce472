package profile

import (
	_ "embed" // for the built-in profile

	"tocsin.example/internal/diag"
)

//go:embed builtin.yaml
var builtin string

// Builtin returns the profile in the box: bans on addresses and ranges, longer for who comes back, and for an IPv6
// address one on its /64 too. It needs the options' Past.
func Builtin(o Options) (*Set, error) {
	return Load(o, &diag.List{}, File{Path: "the built-in profile", Text: []byte(builtin)})
}
