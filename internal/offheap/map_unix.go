//go:build linux || darwin || freebsd || netbsd || openbsd

package offheap

import "syscall"

func alloc(n int) ([]byte, error) {
	return syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
}

// free reports whether the piece was one of ours.
func free(b []byte) bool { return syscall.Munmap(b) == nil }
