package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tocsin.example/internal/testx"
)

// firewall is Debian's firewall bouncer in a network namespace, with the sets that it fills.
type firewall struct {
	t  *testing.T
	ns string
}

// set is what nft shows of one of the bouncer's sets; "" while it is not there.
func (f firewall) set(table, name, family string) string {
	out, err := exec.CommandContext(f.t.Context(), "ip", "netns", "exec", f.ns, "nft", "list", "set", family, table, name).CombinedOutput()
	if err != nil {
		return ""
	}
	return string(out)
}

func (f firewall) v4() string { return f.set("crowdsec", "crowdsec-blacklists", "ip") }
func (f firewall) v6() string { return f.set("crowdsec6", "crowdsec6-blacklists", "ip6") }

func (f firewall) has(set func() string, address string) {
	f.t.Helper()
	eventually(f.t, address+" is in the kernel's set", func() (bool, string) {
		now := set()
		return strings.Contains(now, address+" timeout"), now
	})
}

func (f firewall) lacks(set func() string, address string) {
	f.t.Helper()
	eventually(f.t, address+" is not in the kernel's set", func() (bool, string) {
		now := set()
		return now != "" && !strings.Contains(now, address+" timeout"), now
	})
}

// passes reports whether a connection from an address of the namespace to the local API is made.
func (f firewall) passes(from string) bool {
	f.t.Helper()
	cmd := exec.CommandContext(f.t.Context(), "ip", "netns", "exec", f.ns, os.Args[0])
	cmd.Env = append(os.Environ(), asVisitor+"="+from+" 127.0.0.1:8080")
	return cmd.Run() == nil
}

func TestFirewallBouncer(t *testing.T) {
	program := filepath.Join(testx.Peers(t, "crowdsec-firewall-bouncer"), "usr", "bin", "crowdsec-firewall-bouncer")
	testx.Program(t, "netns", "nft", "nftables")
	f := firewall{t: t, ns: testx.Netns(t)}
	s := start(t, f.ns)
	if out, err := exec.CommandContext(t.Context(), "ip", "-n", f.ns, "address", "add", "192.0.2.10/32", "dev", "lo").CombinedOutput(); err != nil {
		t.Fatalf("ip address: %s", out)
	}
	s.cli("decisions", "add", "-i", "192.0.2.10")
	s.cli("decisions", "add", "-i", "2001:db8::10")
	s.cli("decisions", "add", "-r", "198.51.100.0/24")
	s.cli("decisions", "add", "-i", "192.0.2.20", "-t", "captcha")
	if !f.passes("192.0.2.10") {
		t.Fatal("192.0.2.10 does not get through before there is a bouncer")
	}
	config := write(t, t.TempDir(), "bouncer.yaml", strings.Join([]string{
		"mode: nftables",
		"daemonize: false",
		"log_mode: stdout",
		"log_level: info",
		"update_frequency: 1s",
		"api_url: http://127.0.0.1:8080/",
		"api_key: " + s.key("firewall"),
		"deny_action: DROP",
		"supported_decisions_types: [ban]",
		"blacklists_ipv4: crowdsec-blacklists",
		"blacklists_ipv6: crowdsec6-blacklists",
		"nftables:",
		"  ipv4: {enabled: true, set-only: false, table: crowdsec, chain: crowdsec-chain}",
		"  ipv6: {enabled: true, set-only: false, table: crowdsec6, chain: crowdsec6-chain}",
		"prometheus: {enabled: false}",
	}, "\n"))
	bouncer := launch(t, f.ns, nil, program, "-c", config)

	f.has(f.v4, "192.0.2.10")
	f.has(f.v6, "2001:db8::10")
	f.has(f.v4, "198.51.100.0") // this bouncer keeps the first address of a range: spec/api.md 3.4
	f.lacks(f.v4, "192.0.2.20")
	if f.passes("192.0.2.10") {
		t.Error("192.0.2.10 is banned and gets through")
	}
	if !f.passes("127.0.0.1") {
		t.Error("127.0.0.1 is not banned and does not get through")
	}

	s.cli("decisions", "add", "-i", "192.0.2.11")
	f.has(f.v4, "192.0.2.11")
	s.cli("decisions", "delete", "-i", "192.0.2.10")
	f.lacks(f.v4, "192.0.2.10")
	if !f.passes("192.0.2.10") {
		t.Error("192.0.2.10 is free again and does not get through")
	}
	s.cli("alerts", "delete", "-i", "2001:db8::10", "--force")
	f.lacks(f.v6, "2001:db8::10")
	s.cli("decisions", "add", "-i", "192.0.2.12", "-d", "3s")
	f.has(f.v4, "192.0.2.12")
	f.lacks(f.v4, "192.0.2.12")
	s.cli("allowlists", "create", "own", "-d", "our own")
	s.cli("allowlists", "add", "own", "192.0.2.11")
	f.lacks(f.v4, "192.0.2.11")

	s.process.stop()
	f.has(f.v4, "198.51.100.0")
	s.begin()
	s.cli("decisions", "add", "-i", "192.0.2.13")
	f.has(f.v4, "192.0.2.13")
	f.has(f.v4, "198.51.100.0")
	select {
	case <-bouncer.done:
		t.Error("the bouncer ended")
	default:
	}
}
