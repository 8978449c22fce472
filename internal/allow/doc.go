// Package allow answers what must never be decided against: allowlists and guard rails.
package allow
