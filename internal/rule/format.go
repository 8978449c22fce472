package rule

import (
	"strconv"
	"strings"
)

// FormatKnown reports whether a document's `format:` is one that is understood: 1.0 to 3.0, and none means 1.0.
func FormatKnown(s string) bool {
	if s == "" {
		return true
	}
	major, minor, _ := strings.Cut(s, ".")
	m, err := strconv.Atoi(major)
	if err != nil || m < 1 || m > 3 {
		return false
	}
	return m < 3 || strings.Trim(minor, "0.") == ""
}
