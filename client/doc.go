// Package client calls the administration API of a Tocsin: over the Unix socket in its state folder, or over TCP with a
// token.
//
// It offers what the command line does: bouncers, machines, alerts, decisions, allowlists, simulation, why. It is not
// for bouncers, which ask the local API with a key. It needs the standard library only. The types are those that the
// server answers with; alerts and decisions have CrowdSec's JSON with some fields added.
//
// Start from [New].
package client
