// Package uuid reads and writes UUIDs (RFC 9562) in their usual form: 36 characters, and of letters the lower case.
//
// google/uuid takes braces, prefixes and forms without hyphens too, which here are texts like others. Start from
// [Parse].
package uuid

import (
	"crypto/rand"
	"encoding/hex"
)

// UUID is one in its 16 bytes.
type UUID = [16]byte

// Parse reads the usual form, in any case.
func Parse(s string) (id UUID, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	var digits [32]byte
	copy(digits[:8], s[:8])
	copy(digits[8:12], s[9:13])
	copy(digits[12:16], s[14:18])
	copy(digits[16:20], s[19:23])
	copy(digits[20:], s[24:])
	_, err := hex.Decode(id[:], digits[:])
	return id, err == nil
}

// Append writes the usual form.
func Append(b []byte, id UUID) []byte {
	b = hex.AppendEncode(b, id[:4])
	for i := 4; i < 10; i += 2 {
		b = hex.AppendEncode(append(b, '-'), id[i:i+2])
	}
	return hex.AppendEncode(append(b, '-'), id[10:])
}

// Format is the usual form as a text.
func Format(id UUID) string {
	var room [36]byte
	return string(Append(room[:0], id))
}

// Clean is a UUID as it is kept and compared: in lower case if it has the usual form, else as it is.
func Clean(s string) string {
	id, ok := Parse(s)
	if !ok {
		return s
	}
	return Format(id)
}

// New makes a random one (version 4).
func New() string {
	var id UUID
	_, _ = rand.Read(id[:]) // it never fails
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return Format(id)
}
