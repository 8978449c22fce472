//go:build !race

package equal

const race = false
