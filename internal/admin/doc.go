// Package admin serves the administration API: over a Unix socket to the same user, over TCP by token.
package admin
