package rules_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"tocsin.example/internal/detect"
)

// heard are lines one after the other, as some parsers remember: what they made of the last one, and whether a scenario
// wanted it.
func heard(t testing.TB, e *detect.Engine, lines ...string) (is string, wanted bool) {
	t.Helper()
	it, worker := e.NewItem(), e.NewWorker(nil, nil)
	for i, line := range lines {
		worker.Work(it, uint64(i+1), lineOf("syslog", line))
	}
	if !it.Outcome.Parsed {
		return "not understood", false
	}
	return said(&it.Event.Keep().View), len(it.Matches) > 0
}

// What sshd says beside the usual. The last word says whether any scenario wants to know: what says the same as another
// line, or is no failure at all, it does not.
func TestSSHDOtherLines(t *testing.T) {
	e := engine(t)
	f := func(message, want string) {
		t.Helper()
		is, wanted := heard(t, e, "Aug  2 10:00:00 host sshd[77]: "+message)
		if got := fmt.Sprint(is, " ", wanted); got != want {
			t.Errorf("%q\n got %s\nwant %s", message, got, want)
		}
	}
	f("ROOT LOGIN REFUSED FROM 192.0.2.7", "ssh_failed-auth repeated 192.0.2.7 root true")
	f("ROOT LOGIN REFUSED FROM 2001:db8::7 port 4022 [preauth]", "ssh_failed-auth repeated 2001:db8::7 root true")
	f("Authentication failed for ann from 192.0.2.7 port 4022", "ssh_failed-auth secret_refused 192.0.2.7 ann true")
	f("error: PAM: authentication error for ann from 192.0.2.7 via 198.51.100.1", "ssh_failed-auth secret_refused 192.0.2.7 ann true")
	f("Failed password for ann from 192.0.2.7 port 4022 ssh1", "ssh_failed-auth secret_refused 192.0.2.7 ann true")
	f("Failed password for ann from 192.0.2.7 port 4022 ssh1: ruser bob", "ssh_failed-auth secret_refused 192.0.2.7 ann true")
	f(`Failed hostbased for ann from 192.0.2.7 port 4022 ssh2: RSA SHA256:abc, client user "ann", client host "a.example"`, "ssh_failed-auth key_refused 192.0.2.7 ann true")
	f("Failed publickey for invalid user x from 192.0.2.7 port 4022 ssh2: RSA SHA256:abc", "ssh_failed-auth repeated 192.0.2.7 x true")
	f("Failed publickey for ann from 192.0.2.7 port 4022 ssh2: RSA SHA256:abc", "ssh_failed-auth key_refused 192.0.2.7 ann false")
	f("User ann from 192.0.2.7 not allowed because a group is listed in DenyGroups", "ssh_failed-auth user_refused 192.0.2.7 ann true")
	f("Disconnecting: Too many authentication failures for ann from 192.0.2.7 port 4022 ssh2 [preauth]", "ssh_failed-auth gave_up 192.0.2.7 ann true")
	f("Disconnecting invalid user x 192.0.2.7 port 4022: Change of username or service not allowed: (x,ssh-connection) -> (y,ssh-connection) [preauth]", "ssh_failed-auth repeated 192.0.2.7 x true")
	f("Received disconnect from 192.0.2.7: 3: com.example.SSHException: Auth fail", "ssh_no-auth - 192.0.2.7 - true")
	f("error: Received disconnect from 192.0.2.7 port 4022:14: No supported authentication methods available [preauth]", "ssh_no-auth - 192.0.2.7 - true")
	f("Received disconnect from 192.0.2.7 port 4022:11: Bye Bye [preauth]", "ssh_no-auth - 192.0.2.7 - false")
	f("Did not receive identification string from 192.0.2.7 port 4022 on 198.51.100.1", "ssh_no-auth - 192.0.2.7 - true")
	f("fatal: Unable to negotiate with 192.0.2.7 port 4022: no matching cipher found. Their offer: none", "ssh_bad_keyexchange - 192.0.2.7 - true")
	f("Protocol major versions differ for 192.0.2.7 port 4022: SSH-2.0-x vs. SSH-1.5-y", "ssh_bad_banner - 192.0.2.7 - true")
	f("Timeout before authentication for 192.0.2.7.", "ssh_auth_timeout - 192.0.2.7 - true")
	f("scanned from 192.0.2.7 with SSH-1.0-SSH_Version_Mapper.  Don't panic.", "ssh_bad_banner - 192.0.2.7 - true")
	f("probed from 2001:db8::7 port 4022 with SSH-1.0-probe from 203.0.113.9.  Don't panic.", "ssh_bad_banner - 2001:db8::7 - true")
	f("Login restricted for ann from 192.0.2.7 port 4022", "ssh_failed-auth user_refused 192.0.2.7 ann true")
	f("Login restricted for ann from 203.0.113.9: from 192.0.2.7", "ssh_failed-auth user_refused 192.0.2.7 ann from 203.0.113.9: true")
	f("Failed password for ann from 192.0.2.7 port 4022", "ssh_failed-auth secret_refused 192.0.2.7 ann true")
	f("Failed password for ann from 203.0.113.9 port 1 from 192.0.2.7 port 4022 ssh2", "ssh_failed-auth secret_refused 192.0.2.7 ann from 203.0.113.9 port 1 true")
	f("Failed password for illegal user ann from 192.0.2.7", "ssh_failed-auth secret_refused 192.0.2.7 ann true")
	f("Failed password for ann from 203.0.113.9 port 1 ssh2 from 192.0.2.7 port 4022", "not understood false")
	f(`Nasty PTR record "203.0.113.9" is set up for 192.0.2.7, ignoring`, "ssh_bad_name - 192.0.2.7 - true")
	f("refused connect from 192.0.2.7", "ssh_refused_conn - 192.0.2.7 - true")
	f("drop connection #0 from [192.0.2.7]:22 on [198.51.100.1]:22 penalty: failed authentication", "ssh_refused_conn - 192.0.2.7 - true")
	f("drop connection #10 from [192.0.2.7]:22 on [198.51.100.1]:22 past MaxStartups", "ssh_refused_conn - 192.0.2.7 - false")
	f("Address 192.0.2.7 maps to a.example, but this does not map back to the address - POSSIBLE BREAK-IN ATTEMPT!", "ssh_bad_name - 192.0.2.7 - true")
	f("reverse mapping checking getaddrinfo for a.example [192.0.2.7] failed - POSSIBLE BREAK-IN ATTEMPT!", "ssh_bad_name - 192.0.2.7 - true")
	f("(pam_unix) authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=ann", "ssh_failed-auth repeated 192.0.2.7 ann true")
	f("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=ann", "ssh_failed-auth repeated 192.0.2.7 ann false")
	f("Accepted password for ann from 192.0.2.7 port 4022 ssh2", "auth_success - 192.0.2.7 ann false")
	f("Disconnecting: Too many authentication failures [preauth]", "ssh_no-auth - - - false")
	f("Connection from 192.0.2.7 port 4022 on 198.51.100.1 port 22", "ssh_connection - 192.0.2.7 - false")
	f("Postponed publickey for ann from 192.0.2.7 port 4022 ssh2 [preauth]", "not understood false")
	// The client's words, in front and behind.
	f(`Failed hostbased for ann from 192.0.2.7 port 4022 ssh2: RSA SHA256:abc, client user "x from 198.51.100.9 port 22 ssh2: RSA SHA256:abc, client user "y", client host "a.example"`, "not understood false")
	f(`Failed hostbased for invalid user x from 198.51.100.9 port 22 ssh2: RSA SHA256:abc, client user "x from 192.0.2.7 port 4022 ssh2: RSA SHA256:abc, client user "y", client host "a"`, "not understood false")
	f("Failed password for ann from 192.0.2.7 port 4022 ssh1: ruser x from 198.51.100.9 port 22 ssh1", "not understood false")
	f("error: PAM: Authentication failure for illegal user x from 198.51.100.9 via from 192.0.2.7", "ssh_failed-auth secret_refused 192.0.2.7 x from 198.51.100.9 via true")
	f("Connection closed by authenticating user x 198.51.100.9 port 22 on 192.0.2.7 port 4022 [preauth]", "ssh_failed-auth gave_up 192.0.2.7 x 198.51.100.9 port 22 on true")
	f("Disconnecting invalid user x 198.51.100.9 port 22: Change of username or service not allowed: (a) -> (b) 192.0.2.7 port 4022: Change of username or service not allowed: (x,y) -> (z,y) [preauth]", "not understood false")
	f("Received disconnect from 192.0.2.7: 3: Received disconnect from 198.51.100.9: 3: x", "ssh_no-auth - 192.0.2.7 - true")
}

// With LogLevel VERBOSE a line without an address has that of its process.
func TestSSHDConnections(t *testing.T) {
	e := engine(t)
	f := func(want string, lines ...string) {
		t.Helper()
		if got, _ := heard(t, e, lines...); got != want {
			t.Errorf("%q\n got %s\nwant %s", lines, got, want)
		}
	}
	const connection = "Aug  2 10:00:00 host sshd[71]: Connection from 192.0.2.7 port 4022 on 198.51.100.1 port 22"
	for _, what := range []string{
		"Disconnecting: Too many authentication failures [preauth]", "error: kex_exchange_identification: Connection closed by remote host",
		"User root not allowed because account is locked", "fatal: Read from socket failed: Connection reset by peer [preauth]",
		"Bad packet length 1349676916. [preauth]", "Unable to negotiate a key exchange method [preauth]",
	} {
		f("ssh_no-auth - 192.0.2.7 -", connection, "Aug  2 10:00:01 host sshd[71]: "+what)
		f("ssh_no-auth - - -", connection, "Aug  2 10:00:01 host sshd[72]: "+what)
		f("ssh_no-auth - - -", connection, "Aug  2 10:00:01 other sshd[71]: "+what)
		f("ssh_no-auth - - -", connection, "Aug  2 11:00:00 host sshd[71]: "+what)
	}
	f("ssh_no-auth - 2001:db8::7 -", "Aug  2 10:00:00 host sshd[73]: SSH: Server;Ltype: Version;Remote: 2001:db8::7-4022;Protocol: 2.0;Client: x",
		"Aug  2 10:00:01 host sshd[73]: Read from socket failed: Connection reset by peer [preauth]")
}

func TestLinuxLines(t *testing.T) {
	e := engine(t)
	f := func(program, message, want string) {
		t.Helper()
		is, wanted := heard(t, e, "Aug  2 10:00:00 host "+program+": "+message)
		if got := fmt.Sprint(is, " ", wanted); got != want {
			t.Errorf("%s: %q\n got %s\nwant %s", program, message, got, want)
		}
	}
	const pam = "authentication failure; logname= uid=0 euid=0 tty=x "
	f("cockpit-session[7]", "pam_unix(cockpit:auth): "+pam+"ruser= rhost=::ffff:192.0.2.7  user=ann", "pam_failed_auth - 192.0.2.7 ann true")
	f("pop3d", "pam_ldap(pop3:auth): "+pam+"ruser= rhost=2001:db8::7", "pam_failed_auth - 2001:db8::7 - true")
	f("pure-ftpd", "(pam_unix) "+pam+"ruser=ann rhost=192.0.2.7", "pam_failed_auth - 192.0.2.7 - true")
	f("sshd(pam_unix)[7]", pam+"ruser= rhost=192.0.2.7  user=ann", "pam_failed_auth - 192.0.2.7 ann true")
	f("pure-ftpd", "pam_unix(x:auth): "+pam+"ruser=john doe rhost=192.0.2.7  user=john doe", "ftp_failed_auth auth_fail 192.0.2.7 john doe true")
	f("pure-ftpd", "pam_unix(x:auth): "+pam+"ruser= rhost=a.example  user=ann", "pam_failed_auth - - ann false")
	f("pure-ftpd", "pam_unix(x:auth): "+pam+"ruser=x rhost=198.51.100.9 user=y rhost=192.0.2.7  user=x", "not understood false")
	f("pure-ftpd", "pam_unix(x:auth): "+pam+"ruser=x rhost=192.0.2.7  user=x rhost=198.51.100.9", "not understood false")
	f("sudo[7]", "pam_unix(sudo:auth): authentication failure; logname=ann uid=1000 euid=0 tty=/dev/pts/0 ruser=ann rhost=  user=ann", "pam_failed_auth - - ann true")
	f("su", "pam_unix(su:auth): authentication failure; logname=ann uid=1000 euid=0 tty=pts/0 ruser=ann rhost=  user=root", "pam_failed_auth - - root true")
	f("sudo", "     ann : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/sh", "pam_failed_auth repeated - ann false")
	f("sudo", "     ann : user NOT in sudoers ; TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/sh", "pam_failed_auth not_allowed - ann true")
	f("sudo", "     ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/sh", "not understood false")
	f("su", "FAILED SU (to root) ann on pts/0", "pam_failed_auth repeated - root false")
	f("su", "FAILED su for root by ann", "pam_failed_auth repeated - root false")
	f("su", "BAD SU ann to root on /dev/ttyp0", "pam_failed_auth - - root true")
	f("login[7]", "FAILED LOGIN 2 FROM 192.0.2.7 FOR ann, Authentication failure", "pam_failed_auth - 192.0.2.7 ann true")
	f("login[7]", "FAILED LOGIN 2 FROM 192.0.2.7 FOR ann", "pam_failed_auth - 192.0.2.7 ann true")
	f("login[7]", "FAILED LOGIN SESSION FROM 2001:db8::7 FOR ann, b, User not known to the underlying authentication module", "pam_failed_auth - 2001:db8::7 ann, b true")
	f("login[7]", "FAILED LOGIN (1) on '/dev/pts/1' from '192.0.2.7' FOR 'ann', Authentication failure", "pam_failed_auth - 192.0.2.7 ann true")
	f("login[7]", "TOO MANY LOGIN TRIES (3) FROM 192.0.2.7 FOR ann, Authentication failure", "pam_failed_auth - 192.0.2.7 ann true")
	f("login[7]", "invalid password for `ann' on `pts/0' from `192.0.2.7'", "pam_failed_auth - 192.0.2.7 ann true")
	f("login[7]", "invalid password for `ann' on `pts/0' from `203.0.113.9' on `pts/0' from `192.0.2.7'", "pam_failed_auth - 192.0.2.7 ann' on `pts/0' from `203.0.113.9 true")
	f("login[7]", "FAILED LOGIN (1) on '/dev/tty1' FOR 'ann', Authentication failure", "pam_failed_auth repeated - ann false")
	f("login[7]", "2 LOGIN FAILURES FROM 192.0.2.7", "pam_failed_auth - 192.0.2.7 - true")
	f("dropbear[7]", "Bad password attempt for 'ann' from 192.0.2.7:4022", "ssh_failed-auth secret_refused 192.0.2.7 ann true")
	f("dropbear[7]", "Bad PAM password attempt for 'ann' from 2001:db8::7:4022", "ssh_failed-auth secret_refused 2001:db8::7 ann true")
	f("dropbear[7]", "Bad password attempt for 'ann' from 2001:db8:1:2:3:4:5:6:4022", "ssh_failed-auth secret_refused 2001:db8:1:2:3:4:5:6 ann true")
	f("dropbear[7]", "bad password attempt for ann from 192.0.2.7", "ssh_failed-auth secret_refused 192.0.2.7 ann true")
	f("dropbear[7]", "[7] Aug 02 10:00:00 Login attempt for nonexistent user from 192.0.2.7:4022", "ssh_failed-auth user_refused 192.0.2.7 - true")
	f("dropbear[7]", "Login attempt for nonexistent user 'x from 198.51.100.9:22' from 192.0.2.7:4022", "ssh_failed-auth user_refused 192.0.2.7 x from 198.51.100.9:22 true")
	f("dropbear[7]", "Exit before auth (user 'ann', 10 fails): Max auth tries reached - user 'ann' from 192.0.2.7:4022", "ssh_failed-auth repeated 192.0.2.7 ann true")
	f("dropbear[7]", "Exit before auth from <192.0.2.7:4022>: (user 'ann', 0 fails): Exited normally", "ssh_failed-auth gave_up 192.0.2.7 ann true")
	f("dropbear[7]", "Exit before auth from <192.0.2.7:4022>: Exited normally", "ssh_no-auth - 192.0.2.7 - true")
	f("dropbear[7]", "Pubkey auth succeeded for 'ann' with ssh-rsa key SHA256:abc from 192.0.2.7:4022", "auth_success - 192.0.2.7 ann false")
	f("xinetd[7]", "FAIL: telnet address from=192.0.2.7", "tcp_refused_conn - 192.0.2.7 - true")
	f("xinetd[7]", "FAIL: amanda libwrap from=::ffff:192.0.2.7", "tcp_refused_conn - 192.0.2.7 - true")
	f("xinetd[7]", "FAIL: telnet service_limit from=192.0.2.7", "not understood false")
	f("in.telnetd[7]", "refused connect from x (198.51.100.9) (192.0.2.7)", "tcp_refused_conn - 192.0.2.7 - true")
	f("snmpd[7]", "refused connect from 2001:db8::7", "tcp_refused_conn - 2001:db8::7 - true")
	const packet = " MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=192.0.2.7 DST=198.51.100.1 LEN=40 TOS=0x00 PREC=0x00 TTL=244 ID=7 PROTO="
	const tcp = packet + "TCP SPT=4022 DPT=22 WINDOW=1024 RES=0x00 "
	f("kernel", "[  12.345678] [UFW BLOCK] IN=eth0 OUT="+tcp+"SYN URGP=0 ", "iptables_drop connect 192.0.2.7 - true")
	f("kernel", "DROP:IN=eth0 OUT="+tcp+"CWR ECE SYN URGP=0 MARK=0x1", "iptables_drop connect 192.0.2.7 - true")
	f("kernel", "filter_IN_public_REJECT: IN=eth0 OUT="+tcp+"ACK FIN URGP=0", "iptables_drop other 192.0.2.7 - false")
	f("kernel", "nft: IN=eth0 OUT="+packet+"UDP SPT=53 DPT=4022 LEN=20", "iptables_drop - 192.0.2.7 - false")
	f("kernel", "[UFW ALLOW] IN=eth0 OUT="+tcp+"SYN URGP=0", "- connect 192.0.2.7 - false")
	f("kernel", "IN=eth0 OUT=eth1"+tcp+"SYN URGP=0", "not understood false")
	f("kernel", "IN= OUT=eth0"+tcp+"SYN URGP=0", "not understood false")
	f("kernel", "nft: IN=eth0 OUT= SRC=2001:0db8:0000:0000:0000:0000:0000:0007 DST=2001:0db8::1 LEN=60 TC=0 HOPLIMIT=50 FLOWLBL=0 PROTO=TCP SPT=1 DPT=22 WINDOW=1 RES=0x00 SYN URGP=0 ",
		"iptables_drop connect 2001:db8::7 - true")
	f("kernel", "usb 1-1: New USB device found", "not understood false")
}

func TestJournalHeaders(t *testing.T) {
	e := engine(t)
	const message = "Failed password for root from 192.0.2.7 port 4022 ssh2"
	f := func(line, at string) {
		t.Helper()
		v := parse(t, e, "syslog", line)
		if v == nil {
			t.Errorf("%q is not understood", line)
			return
		}
		got := []string{v.Meta["source_ip"], v.Parsed["program"], v.Parsed["pid"], v.MarshaledTime}
		if diff := gocmp.Diff([]string{"192.0.2.7", "sshd", "7", at}, got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", line, diff)
		}
	}
	f("2026-08-02T10:00:00+0200 host sshd[7]: "+message, "2026-08-02T10:00:00+02:00")
	f("2026-08-02T10:00:00.123456-0330 host sshd[7]: "+message, "2026-08-02T10:00:00.123456-03:30")
	f("1785664800.123456 host sshd[7]: "+message, "2026-08-02T10:00:00Z")
	f("Sun 2026-08-02 10:00:00 UTC host sshd[7]: "+message, "2026-08-02T10:00:00Z")
	f("Aug 02 10:00:00.5 host sshd[7]: "+message, "2026-08-02T10:00:00.5Z")
	f("Sun Aug  2 10:00:00 2026 authpriv.warn sshd[7]: "+message, "2026-08-02T10:00:00Z")
	f("Aug  2 10:00:00 host auth.info sshd[7]: "+message, "2026-08-02T10:00:00Z")
	f("Aug  2 10:00:00 host sshd[7]: [ID 800047 auth.info] "+message, "2026-08-02T10:00:00Z")
	f(`{"__REALTIME_TIMESTAMP":"1785664800000042","_HOSTNAME":"host","_PID":"7","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"`+message+`"}`, "2026-08-02T10:00:00Z")
	f(`{"MESSAGE":"`+message+`","_COMM":"sshd","SYSLOG_PID":"7","_SOURCE_REALTIME_TIMESTAMP":"1785664800000042"}`, "2026-08-02T10:00:00Z")
	for _, raw := range []string{`{"`, `{"MESSAGE":7}`, `{"MESSAGE":[70,97],"SYSLOG_IDENTIFIER":"sshd"}`, `{"a":{"MESSAGE":"` + message + `"}}`, `{}`} {
		if v := parse(t, e, "syslog", raw); v != nil && v.Meta["source_ip"] != "" {
			t.Errorf("%q is understood: %s", raw, said(v))
		}
	}
}

// TestSSHCredit holds what a login is worth: more mistypes, not any number of them, and not for others.
func TestSSHCredit(t *testing.T) {
	e := engine(t)
	start := time.Date(2026, 8, 20, 8, 0, 0, 0, time.UTC)
	f := func(login, guesser string, after time.Duration, tries int, want ...string) {
		t.Helper()
		var lines []string
		at := start
		say := func(format string, args ...any) {
			lines = append(lines, at.Format(time.RFC3339)+" host sshd[7]: "+fmt.Sprintf(format, args...))
		}
		if login != "" {
			say("Accepted publickey for ann from %s port 4022 ssh2", login)
		}
		at = at.Add(after)
		for i := range tries {
			at = at.Add(2 * time.Second)
			say("Failed password for ann from %s port %d ssh2", strings.Replace(guesser, "*", fmt.Sprintf("%x", 1+i), 1), 4022+i)
		}
		alerts, _ := replay(t, e, "syslog", lines)
		for i, a := range alerts {
			alerts[i], _, _ = strings.Cut(a, " ")
		}
		slices.Sort(alerts)
		if diff := gocmp.Diff(want, slices.Compact(alerts)); diff != "" {
			t.Errorf("%s, %s after %s, %d tries (-want +got)\n%s", cmp.Or(login, "nobody"), guesser, after, tries, diff)
		}
		start = start.Add(100 * time.Hour) // the engine remembers
	}
	const bf, slow = "tocsin/ssh-bf", "tocsin/ssh-slow-bf"
	f("", "192.0.2.7", 0, 7)
	f("", "192.0.2.7", 0, 8, bf)
	f("192.0.2.7", "192.0.2.7", time.Minute, 14)
	f("192.0.2.7", "192.0.2.7", 47*time.Hour, 14)
	f("192.0.2.7", "192.0.2.7", 49*time.Hour, 14, bf)
	f("192.0.2.7", "192.0.2.8", time.Minute, 14, bf)
	f("192.0.2.7", "192.0.2.7", time.Minute, 70, bf, slow)
	f("", "2001:db8:5:6::*", 0, 14, bf) // one /64, another address each time
	f("2001:db8:5:6::ffff", "2001:db8:5:6::*", time.Minute, 14)
	f("2001:db8:5:7::ffff", "2001:db8:5:6::*", time.Minute, 14, bf)
}

// Headers of syslog lines as some systems write them, and names of sshd as some have it.
func TestSSHDHeaders(t *testing.T) {
	e := engine(t)
	const failed, want = "Failed password for ann from 192.0.2.7 port 4022 ssh2", "ssh_failed-auth secret_refused 192.0.2.7 ann"
	for _, header := range []string{
		"Aug  2 10:00:00 sshd[77]: ", "2026-08-02T10:00:00Z sshd[77]: ", "2026-08-02 10:00:00 host sshd[77]: ",
		"2026-08-02 10:00:00,123 host sshd[77]: ", "2026-08-02 10:00:00.123+02:00 host sshd[77]: ", "Aug  2 10:00:00 host in.sshd[77]: ",
		"Aug  2 10:00:00 [192.0.2.200] sshd[77]: ", "Aug  2 10:00:00 2001:db8::99 sshd[77]: ", "Aug  2 10:00:00 host auth|security:info sshd[77]: ",
		"Aug  2 10:00:00 host auth|security:info Message forwarded from other: sshd[77]: ", "<38>Aug  2 10:00:00 sshd[77]: ",
	} {
		if got, wanted := heard(t, e, header+failed); got != want || !wanted {
			t.Errorf("%s: got %s, %t", header, got, wanted)
		}
		if v := parse(t, e, "syslog", header+failed); !strings.HasPrefix(v.MarshaledTime, "2026-08-02T10:00:00") {
			t.Errorf("%s: it is %s", header, v.MarshaledTime)
		}
	}
	const pam = "; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=192.0.2.7  user=ann"
	for _, message := range []string{"sshd(pam_unix)[77]: authentication failure" + pam, "sshd(pam_unix)[77]: 2 more authentication failures" + pam} {
		if got, wanted := heard(t, e, "Aug  2 10:00:00 host "+message); got != "pam_failed_auth - 192.0.2.7 ann" || !wanted {
			t.Errorf("%s: got %s, %t", message, got, wanted)
		}
	}
	if got, wanted := heard(t, e, "Aug  2 10:00:00 host login: PAM 2 more authentication failures"+pam); got != "pam_failed_auth - 192.0.2.7 ann" || !wanted {
		t.Errorf("login's failures: got %s, %t", got, wanted)
	}
}
