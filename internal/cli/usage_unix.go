//go:build unix

package cli

import (
	"runtime"
	"syscall"
)

// usageOf is the processor time of this process in seconds, and the most memory it held in bytes.
func usageOf() (cpu float64, rss int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, 0
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	rss = int64(u.Maxrss) //nolint:unconvert // 32 bits on some systems
	if runtime.GOOS != "darwin" && runtime.GOOS != "ios" {
		rss <<= 10 // elsewhere it counts KiB
	}
	return seconds(u.Utime) + seconds(u.Stime), rss
}
