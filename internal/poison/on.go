//go:build invariants

package poison

// On says whether texts are overwritten.
const On = true
