// Package lapi serves the local API to bouncers and machines, as CrowdSec has it, and the push stream.
package lapi
