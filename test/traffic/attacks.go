package traffic

import (
	"fmt"
	"net/netip"
	"time"
)

// The behaviours that alerts may name, by what they are about.
var (
	sshGuess  = []string{"ssh:bruteforce"}
	mailGuess = []string{"pop3/imap:bruteforce", "smtp:bruteforce", "generic:bruteforce"}
	ftpGuess  = []string{"ftp:bruteforce", "generic:bruteforce"}
	dbGuess   = []string{"database:bruteforce", "generic:bruteforce"}
	webGuess  = []string{"http:bruteforce", "generic:bruteforce"}
	webScan   = []string{"http:scan", "http:exploit", "http:crawl"}
	webHarm   = []string{"http:exploit", "http:scan"}
	webFlood  = []string{"http:dos", "http:crawl"}
)

// pace is how fast an attack goes: low to high seconds between its steps.
type pace struct{ low, high float64 }

var (
	fast = pace{0.3, 3}
	slow = pace{100, 140} // nearly 30 tries an hour, as those who do not want to be seen
)

// enemies lets one attacker of the old family and one who changes addresses inside a /64 of the new one take steps, each
// at most so many; n counts the steps of one.
func (w *world) enemies(p pace, limit int, step func(at time.Time, from string, n int)) {
	v4, net := w.enemy4(), w.enemy6()
	for _, from := range []func() string{func() string { return v4 }, func() string { return w.within(net) }} {
		n := 0
		w.every(w.after(60, 400), p.low, p.high, func(at time.Time) {
			if n < limit {
				step(at, from(), n)
				n++
			}
		})
	}
}

// enough ends an attack: most give up after some hundred tries, and logs stay short.
const enough = 150

// guessing is an attack on one service under one name.
func guessing(name, about string, behaviors []string, p pace, try login, users ...string) Class {
	return Class{Name: Attack + name, About: about, Behaviors: behaviors, play: func(w *world) {
		w.enemies(p, enough, func(at time.Time, from string, _ int) { try(w, at, from, w.pick(users), false) })
	}}
}

// attacksOnLogins are attacks on passwords.
func attacksOnLogins() []Class {
	return []Class{
		guessing("ssh-fast", "one password after the other over SSH", sshGuess, fast, sshPassword, "root"),
		guessing("ssh-slow", "a try every two minutes over SSH", sshGuess, slow, sshPassword, "root", "ann"),
		guessing("ssh-names", "names that are looked for over SSH", sshGuess, pace{4, 12}, sshPassword, guesses...),
		guessing("ssh-keys", "where passwords are not taken", sshGuess, fast, sshKey, "root", "admin", "ubuntu"),
		{Name: Attack + "ssh-range", About: "a /24 and a /48 of machines, each with two tries over SSH", Behaviors: sshGuess, play: playRange},
		{Name: Attack + "ssh-account", About: "one account, guessed from 120 addresses", Behaviors: sshGuess, play: playOneAccount},
		{Name: Attack + "ssh-timeouts", About: "CVE-2024-6387: many logins that are let run out", Behaviors: []string{"ssh:exploit", "ssh:bruteforce"}, play: playTimeouts},
		guessing("imap-fast", "passwords over IMAP", mailGuess, fast, imap, "info"),
		guessing("imap-names", "mailboxes that are looked for over IMAP", mailGuess, pace{4, 12}, imap, guesses...),
		guessing("imap-slow", "a try every two minutes over IMAP, of many names", mailGuess, slow, imap, guesses...),
		guessing("smtp-fast", "passwords over SMTP", mailGuess, fast, smtp, "info"),
		guessing("ftp-fast", "passwords over FTP", ftpGuess, fast, ftp, "admin", "ftp", "www"),
		guessing("mysql-fast", "passwords of MySQL", dbGuess, fast, mysqlLogin, "root"),
		guessing("postgres-fast", "passwords of PostgreSQL", dbGuess, fast, postgresLogin, "postgres"),
		guessing("nextcloud-fast", "passwords of Nextcloud", webGuess, fast, nextcloudLogin, "admin", "ann"),
		guessing("vaultwarden-fast", "passwords of Vaultwarden", append([]string{"vaultwarden:bruteforce"}, webGuess...), fast, vaultLogin, "ann"),
		guessing("basic-fast", "HTTP's own authentication at nginx", webGuess, fast, basicLogin, "admin"),
		guessing("apache-fast", "HTTP's own authentication at Apache httpd", webGuess, fast, apacheLogin, "admin"),
		guessing("form-fast", "a form that answers 401", webGuess, fast, webLogin, ""),
		guessing("form-slow", "the same, every two minutes", webGuess, slow, webLogin, ""),
		guessing("wordpress-fast", "WordPress, which answers 200", webGuess, fast, wpLogin, ""),
		{Name: Attack + "xmlrpc-fast", About: "WordPress over xmlrpc", Behaviors: webGuess, play: func(w *world) {
			w.requests(fast, 200, func(c *client, at time.Time, _ int) { c.do(at, "POST", "/xmlrpc.php", 403-3*w.IntN(2)) })
		}},
	}
}

func playRange(w *world) {
	v4 := netip.MustParsePrefix("203.0.113.0/24")
	v6 := netip.MustParsePrefix("2001:db8:fade::/48")
	w.attacks(v4)
	w.attacks(v6)
	for i := range 200 {
		from := fmt.Sprintf("203.0.113.%d", i+1)
		if i >= 100 {
			from = w.within(v6)
		}
		for range 2 {
			w.begin(w.after(0, 2400), func(at time.Time) { sshPassword(w, at, from, w.pick([]string{"root", "admin", "ubuntu"}), false) })
		}
	}
}

func playOneAccount(w *world) {
	var from []netip.Prefix
	for range 120 {
		w.bad4 += 256                                                           // each in another /24
		a := netip.AddrFrom4([4]byte{198, 19, byte(w.bad4 >> 8), byte(w.bad4)}) //nolint:gosec // wraps around
		from = append(from, netip.PrefixFrom(a, 32))
		w.bad4++
		w.begin(w.after(0, 1800), func(at time.Time) { sshPassword(w, at, a.String(), "carla", false) })
	}
	w.attackers = append(w.attackers, Attacker{Sources: from, Account: "carla"})
}

func playTimeouts(w *world) {
	w.enemies(pace{3, 8}, enough, func(at time.Time, from string, _ int) { w.timeout(at, from) })
}

// attacksOnRest are attacks on mail servers and ports.
func attacksOnRest() []Class {
	return []Class{
		{Name: Attack + "ports-fast", About: "a scan of ports", Behaviors: []string{"tcp:scan"}, play: func(w *world) {
			w.enemies(pace{0.02, 0.6}, 400, w.knock)
		}},
		{Name: Attack + "ports-slow", About: "a scan of one port every few seconds", Behaviors: []string{"tcp:scan"}, play: func(w *world) {
			w.enemies(pace{3, 9}, 300, w.knock)
		}},
		{Name: Attack + "relay", About: "mail for others by a server that is none of theirs", Behaviors: []string{"smtp:spam", "smtp:scan", "smtp:bruteforce"}, play: func(w *world) {
			w.enemies(pace{2, 9}, enough, func(at time.Time, from string, _ int) {
				w.log(at, w.process("postfix/smtpd"), "NOQUEUE: reject: RCPT from unknown[%s]: 454 4.7.1 <%s@example.com>: Relay access denied; from=<spam@example.org> to=<%s@example.com> proto=ESMTP helo=<User>",
					from, w.hex(6), w.hex(6))
			})
		}},
		{Name: Attack + "harvest", About: "mailboxes that are looked for over SMTP", Behaviors: []string{"smtp:spam", "smtp:scan", "smtp:bruteforce"}, play: func(w *world) {
			w.enemies(pace{1, 6}, enough, func(at time.Time, from string, _ int) {
				to := w.pick(guesses) + w.hex(2)
				w.log(at, w.process("postfix/smtpd"), "NOQUEUE: reject: RCPT from unknown[%s]: 550 5.1.1 <%s@example.net>: Recipient address rejected: User unknown in virtual mailbox table; from=<x@example.org> to=<%s@example.net> proto=ESMTP helo=<localhost>",
					from, to, to)
			})
		}},
	}
}

// knock tries a port.
func (w *world) knock(at time.Time, from string, _ int) {
	w.packet(at, from, "TCP", w.port(), w.between(1, 10_000), "SYN")
}
