package listen

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Holder names the process that listens on a TCP address, as "nginx (pid 812)", or "" when that cannot be seen: other
// users' processes show their sockets to root alone.
func Holder(ctx context.Context, address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return ""
	}
	inodes := listening(number)
	if len(inodes) == 0 {
		return ""
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		to, err := os.Readlink(link)
		if err != nil || !inodes[to] {
			continue
		}
		pid := strings.Split(link, "/")[2]
		name, err := os.ReadFile("/proc/" + pid + "/comm")
		if err != nil {
			continue
		}
		return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), pid)
	}
	return ""
}

// listening returns the sockets, as /proc/PID/fd names them, that listen on a port.
func listening(port int) map[string]bool {
	const stateListen = "0A" // TCP_LISTEN in the kernel's include/net/tcp_states.h
	found := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			field := strings.Fields(lines.Text())
			if len(field) < 10 || field[3] != stateListen {
				continue
			}
			_, hex, _ := strings.Cut(field[1], ":")
			if n, err := strconv.ParseUint(hex, 16, 16); err == nil && int(n) == port {
				found["socket:["+field[9]+"]"] = true
			}
		}
		_ = f.Close()
	}
	return found
}
