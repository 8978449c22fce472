package cli

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
)

// profileTo starts to write where the time goes to a file, "" for nowhere, and returns what ends it.
func profileTo(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("write profile: %w", err)
	}
	return func() error {
		pprof.StopCPUProfile()
		if err := f.Close(); err != nil {
			return fmt.Errorf("write profile: %w", err)
		}
		return nil
	}, nil
}

// mallocsOf is how many objects the program has allocated on the heap.
func mallocsOf() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}
