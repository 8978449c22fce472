package hubtest

import (
	"errors"
	"io/fs"
	"path"
)

// AppsecFolder is where a hub keeps the tests of request rules, which cannot be run yet.
const AppsecFolder = ".appsec-tests"

// Appsec counts the tests of request rules in the hub.
func (r *Runner) Appsec() (int, error) {
	entries, err := fs.ReadDir(r.FS, AppsecFolder)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	n := 0
	for _, e := range entries {
		if _, err := fs.Stat(r.FS, path.Join(AppsecFolder, e.Name(), "config.yaml")); err == nil {
			n++
		}
	}
	return n, err
}
