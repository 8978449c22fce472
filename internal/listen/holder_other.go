//go:build !linux

package listen

import "context"

// Holder names the process that listens on a TCP address; here it is not known.
func Holder(context.Context, string) string { return "" }
