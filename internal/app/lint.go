package app

import (
	"os"

	"tocsin.example/internal/check"
	"tocsin.example/internal/folder"
	"tocsin.example/internal/hubtest"
	"tocsin.example/internal/lint"
)

// Lint looks at rules that were checked, with the tests in a folder .tests in or above their paths. Tests that cannot be
// read are left out; running them says why.
func Lint(paths []string, checked *check.Report) *lint.Report {
	o := lint.Options{Rules: checked.Rules, Costs: checked.Costs}
	for _, dir := range above(paths, hubtest.Folder) {
		o.Tests = append(o.Tests, testsIn(dir)...)
	}
	return lint.Run(o)
}

func testsIn(hub string) []hubtest.Survey {
	root, err := os.OpenRoot(hub)
	if err != nil {
		return nil
	}
	defer root.Close()
	tests, _ := (&hubtest.Runner{FS: folder.Files(root)}).Surveys()
	return tests
}
