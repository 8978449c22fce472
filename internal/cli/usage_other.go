//go:build !unix

package cli

import "runtime"

// usageOf is the memory that the process asked the system for; its processor time is not to be had here.
func usageOf() (cpu float64, rss int64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return 0, int64(m.Sys) //nolint:gosec // memory fits
}
