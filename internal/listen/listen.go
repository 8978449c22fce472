// Package listen opens the sockets that servers serve on: TCP by HOST:PORT and Unix sockets by path. An address that is
// taken is an error that names who holds it, and a Unix socket that a killed process left behind is replaced.
//
// Start from [On] and [Unix].
package listen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// On opens "HOST:PORT", ":PORT" (all addresses) or "unix:PATH".
func On(ctx context.Context, address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return Unix(ctx, path, 0o660)
	}
	if strings.HasPrefix(address, "/") {
		return Unix(ctx, address, 0o660)
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("listen on %q: want HOST:PORT, as in 127.0.0.1:8080, or unix:PATH", address)
	}
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, taken(address, Holder(ctx, address))
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

func taken(address, holder string) error {
	if holder == "" {
		holder = "another process"
	}
	return fmt.Errorf("listen on %s: the port is taken by %s: stop it, or choose another with --listen", address, holder)
}

// Unix opens a Unix socket at path, whose folder must exist, with the permissions given. A socket that nobody listens on
// any more is removed first; anything else at the path is left alone and is an error.
func Unix(ctx context.Context, path string, mode fs.FileMode) (net.Listener, error) {
	if err := vacate(ctx, path); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	var c net.ListenConfig
	// The socket must never be there with more permissions than it is to have, not for a moment: it is made under another
	// name in a folder of its own, and moved.
	dir, err := os.MkdirTemp(filepath.Dir(path), ".sock-")
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // it is empty by then
	name := filepath.Join(dir, "s")
	l, err := c.Listen(ctx, "unix", name)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, explain(err, path))
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(name, mode), os.Rename(name, path)); err != nil {
		return nil, errors.Join(fmt.Errorf("listen on %s: %w", path, err), l.Close())
	}
	return &unixListener{Listener: l, path: path}, nil
}

// unixListener removes its file when it is closed.
type unixListener struct {
	net.Listener
	path string
}

func (l *unixListener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }

func (l *unixListener) Close() error {
	err := l.Listener.Close()
	if !errors.Is(err, net.ErrClosed) {
		err = errors.Join(err, os.Remove(l.path))
	}
	return err
}

// vacate removes a socket that nobody listens on.
func vacate(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("something else than a socket is there: remove it, or choose another path")
	}
	d := net.Dialer{Timeout: time.Second}
	c, err := d.DialContext(ctx, "unix", path)
	if err == nil {
		_ = c.Close()
		return errors.New("another process listens there: stop it, or choose another path")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}

// explain adds what a bare "invalid argument" means.
func explain(err error, path string) error {
	if errors.Is(err, syscall.EINVAL) && len(path) > 90 {
		return fmt.Errorf("%w: the path has %d bytes, more than a socket's name may have", err, len(path))
	}
	return err
}
