//go:build race

package equal

// race says that the run is ten times slower.
const race = true
