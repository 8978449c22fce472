//go:build !invariants

package file

const poison = false
