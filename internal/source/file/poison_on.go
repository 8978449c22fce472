//go:build invariants

package file

// poison: the text of a batch is overwritten when it is done, so that a test sees whoever kept it without cloning.
const poison = true
