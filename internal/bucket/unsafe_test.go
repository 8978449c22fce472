package bucket_test

import "unsafe"

// unsafeString returns a text that points into a buffer, as a source's lines do.
func unsafeString(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b))
}
