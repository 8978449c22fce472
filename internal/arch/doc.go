// Package arch holds the rules of the house as tests: layers, imports, sizes, documentation, dependencies.
//
// It has no code of its own and nothing imports it. What one function or line should look like is the linter's
// (.golangci.yml). Each check is proven on small modules in testdata that break it. Start from the table in
// layers_test.go.
package arch
