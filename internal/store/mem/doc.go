// Package mem is a store in memory.
package mem
