// Package client calls the administration API of a local Tocsin, over its Unix socket or over TCP with a token.
// Standard library only.
package client
