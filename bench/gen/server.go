package gen

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"time"
)

// machine is the name of the machine whose syslog is written.
const machine = "gate"

// appendHeader writes the header of a syslog line, as RFC 3164 has it.
func appendHeader(b []byte, at time.Time, program string, pid int) []byte {
	b = at.AppendFormat(b, "Jan _2 15:04:05 ")
	b = append(b, machine...)
	b = append(b, ' ')
	b = append(b, program...)
	if pid > 0 {
		b = append(b, '[')
		b = strconv.AppendInt(b, int64(pid), 10)
		b = append(b, ']')
	}
	return append(b, ": "...)
}

// sshLog is what sshd says: logins and what belongs to them, strays that guess once or twice, and attacks.
type sshLog struct {
	*dice
	people *people
	keys   []string // fingerprints
	attack bursts
	raid   sshRaid
	rest   []message // of the connections at hand
}

// message is what a connection still has to say.
type message struct {
	pid  int
	text string
}

func newSSHLog(p *people, attacks float64, d *dice) *sshLog {
	l := &sshLog{dice: d, people: p, attack: bursts{share: attacks}}
	for range 24 {
		var sum [32]byte
		for i := range sum {
			sum[i] = byte(d.IntN(256))
		}
		l.keys = append(l.keys, base64.RawStdEncoding.EncodeToString(sum[:]))
	}
	return l
}

func (l *sshLog) pace() time.Duration { return 200 * time.Millisecond }

// maxRest bounds what is still to be said.
const maxRest = 64

func (l *sshLog) line(b []byte, at time.Time) []byte {
	attack, fresh := l.attack.due(l.dice)
	if fresh {
		l.raid = l.newRaid()
		l.attack.begin(l.raid.size)
	}
	if attack {
		l.attack.spend()
		return append(appendHeader(b, at, "sshd", l.pid()), l.raid.next(l)...)
	}
	// What was begun goes on before the next connection comes, most of the time.
	if n := len(l.rest); n > 0 && (n >= maxRest || !l.chance(5)) {
		m := l.rest[0]
		l.rest = append(l.rest[:0], l.rest[1:]...)
		return append(appendHeader(b, at, "sshd", m.pid), m.text...)
	}
	pid := l.pid()
	texts := l.connection()
	for _, t := range texts[1:] {
		l.rest = append(l.rest, message{pid, t})
	}
	return append(appendHeader(b, at, "sshd", pid), texts[0]...)
}

func (l *sshLog) pid() int { return l.between(900, 99_999) }

func (l *sshLog) port() int { return l.between(1025, 65_535) }

// connection is all that is said of one that means well, or of a stray.
func (l *sshLog) connection() []string {
	n := l.IntN(100)
	if n < 45 {
		return l.login()
	}
	a, port := l.people.stray(l.dice), l.port()
	user := l.pick(guesses)
	switch {
	case n < 65:
		return []string{
			fmt.Sprintf("Invalid user %s from %s port %d", user, a, port),
			fmt.Sprintf("Failed password for invalid user %s from %s port %d ssh2", user, a, port),
			fmt.Sprintf("Connection closed by invalid user %s %s port %d [preauth]", user, a, port),
		}
	case n < 80:
		return []string{
			fmt.Sprintf("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%s  user=root", a),
			fmt.Sprintf("Failed password for root from %s port %d ssh2", a, port),
			fmt.Sprintf("Received disconnect from %s port %d:11: Bye Bye [preauth]", a, port),
			fmt.Sprintf("Disconnected from authenticating user root %s port %d [preauth]", a, port),
		}
	case n < 88:
		return []string{fmt.Sprintf("Connection closed by %s port %d [preauth]", a, port)}
	case n < 92:
		return []string{fmt.Sprintf("banner exchange: Connection from %s port %d: invalid format", a, port)}
	case n < 95:
		return []string{fmt.Sprintf("Unable to negotiate with %s port %d: no matching host key type found. Their offer: ssh-rsa,ssh-dss [preauth]", a, port)}
	case n < 97:
		return []string{"error: kex_exchange_identification: Connection closed by remote host", fmt.Sprintf("Connection closed by %s port %d", a, port)}
	default:
		return []string{fmt.Sprintf("Did not receive identification string from %s port %d", a, port)}
	}
}

// login is a session from its start to its end.
func (l *sshLog) login() []string {
	a, port, i := l.people.visitor(l.dice), l.port(), l.IntN(len(users))
	user, uid := users[i], 1000+i
	var out []string
	if l.chance(12) { // a mistyped password
		out = append(out, fmt.Sprintf("Failed password for %s from %s port %d ssh2", user, a, port))
	}
	if l.chance(4) {
		out = append(out, fmt.Sprintf("Accepted password for %s from %s port %d ssh2", user, a, port))
	} else {
		out = append(out, fmt.Sprintf("Accepted publickey for %s from %s port %d ssh2: ED25519 SHA256:%s", user, a, port, l.pick(l.keys)))
	}
	return append(out,
		fmt.Sprintf("pam_unix(sshd:session): session opened for user %s(uid=%d) by %s(uid=0)", user, uid, user),
		fmt.Sprintf("Received disconnect from %s port %d:11: disconnected by user", a, port),
		fmt.Sprintf("Disconnected from user %s %s port %d", user, a, port),
		"pam_unix(sshd:session): session closed for user "+user,
	)
}

// sshRaid is one attack.
type sshRaid struct {
	address string
	size    int
	names   bool // many names, or many passwords of one
	keys    bool // passwords are not taken: nothing but closed connections is seen
}

func (l *sshLog) newRaid() sshRaid {
	return sshRaid{address: l.people.attacker(l.dice), size: l.between(12, 60), names: l.chance(2), keys: l.chance(4)}
}

func (r *sshRaid) next(l *sshLog) string {
	user := "root"
	if r.names {
		user = l.pick(guesses) + strconv.Itoa(l.IntN(9))
	}
	switch {
	case r.keys:
		return fmt.Sprintf("Connection closed by authenticating user %s %s port %d [preauth]", user, r.address, l.port())
	case r.names && l.chance(2):
		return fmt.Sprintf("Invalid user %s from %s port %d", user, r.address, l.port())
	case r.names:
		return fmt.Sprintf("Failed password for invalid user %s from %s port %d ssh2", user, r.address, l.port())
	default:
		return fmt.Sprintf("Failed password for %s from %s port %d ssh2", user, r.address, l.port())
	}
}

// server is the syslog of a whole machine.
type server struct {
	*dice
	web *site
	ssh *sshLog
}

func newServer(p *people, attacks float64, d *dice) *server {
	return &server{dice: d, web: newSite(p, attacks, d), ssh: newSSHLog(p, attacks, d)}
}

func (s *server) pace() time.Duration { return 40 * time.Millisecond }

func (s *server) line(b []byte, at time.Time) []byte {
	n := s.IntN(100)
	if n < 50 {
		r := s.web.next()
		return appendNginx(appendHeader(b, at, "nginx", 0), &r, at, s.dice)
	}
	if n < 75 {
		return s.ssh.line(b, at)
	}
	p := s.ssh.people
	switch {
	case n < 80:
		b = appendHeader(b, at, "CRON", s.ssh.pid())
		return fmt.Appendf(b, "(root) CMD (%s)", s.pick(jobs))
	case n < 84:
		b = appendHeader(b, at, "systemd", 1)
		return fmt.Appendf(b, "%s.service: Deactivated successfully.", s.pick(services))
	case n < 87:
		b = appendHeader(b, at, "sudo", 0)
		return fmt.Appendf(b, "%8s : TTY=pts/%d ; PWD=/home/%s ; USER=root ; COMMAND=/usr/bin/systemctl status %s", s.pick(users), s.IntN(9), s.pick(users), s.pick(services))
	case n < 93: // the firewall; ports of which each address tries one
		b = appendHeader(b, at, "kernel", 0)
		return fmt.Appendf(b, "[%d.%06d] [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:43:21:08:00 SRC=%s DST=192.0.2.10 LEN=40 TOS=0x00 PREC=0x00 TTL=%d ID=%d PROTO=TCP SPT=%d DPT=%d WINDOW=1024 RES=0x00 SYN URGP=0",
			at.Unix()-start().Unix()+86_400, at.Nanosecond()/1000, p.stray(s.dice), s.between(40, 250), s.IntN(65_536), s.ssh.port(), s.between(1, 9999))
	case n < 97:
		b = appendHeader(b, at, "postfix/smtpd", s.ssh.pid())
		a := p.stray(s.dice)
		return fmt.Appendf(b, "%s from unknown[%s]", s.pick([]string{"connect", "disconnect", "lost connection after EHLO"}), a)
	default:
		b = appendHeader(b, at, "dovecot", 0)
		return fmt.Appendf(b, "imap-login: Login: user=<%s>, method=PLAIN, rip=%s, lip=192.0.2.10, mpid=%d, TLS, session=<%x>", s.pick(users), p.visitor(s.dice), s.ssh.pid(), s.Uint64())
	}
}
