// Package poison makes tests see whoever keeps a line's text after its batch has ended without cloning it.
//
// In builds with the tag "invariants" the text of a line is overwritten when it ends; in all others nothing happens, at
// no cost. It is no protection: what a program does with a text that has ended is wrong in both. Start from [Copy].
package poison

import "unsafe"

// Mark is what texts are overwritten with: no byte of ASCII, and no UTF-8.
const Mark = 0xA5

// Bytes overwrites a text that has ended, if On.
func Bytes(b []byte) {
	if !On {
		return
	}
	for i := range b {
		b[i] = Mark
	}
}

// Copy gives a line a memory of its own, if On, and a function that overwrites it when the line has ended. It is for
// lines whose text may not be written to.
func Copy(s string) (text string, end func()) {
	if !On || s == "" {
		return s, func() {}
	}
	b := []byte(s)
	return unsafe.String(unsafe.SliceData(b), len(b)), func() { Bytes(b) } //nolint:gosec // nobody writes before end
}
