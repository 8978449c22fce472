package traffic

import (
	"fmt"
	"strings"
	"time"
)

// machines are the benign classes that are no people.
func machines() []Class {
	return []Class{
		{Name: Benign + "monitor", About: "probes of uptime services, exporters and Nagios", play: playMonitor},
		{Name: Benign + "firewall", About: "well-meant packets that a filter drops", play: playFirewall},
		{Name: Benign + "mailflow", About: "mail servers", play: playMailFlow},
		{Name: Benign + "webmail", About: "people at a web mail program", play: playWebMail},
		{Name: Benign + "database", About: "programs and people at databases", play: playDatabase},
	}
}

func playMonitor(w *world) {
	for range 8 {
		c := &client{w: w, from: w.home(), agent: w.pick([]string{"Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "Better Stack Better Uptime Bot", "Uptime-Kuma/2.0.0", "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)"}), old: true}
		w.every(w.after(0, 60), 60, 61, func(at time.Time) { c.do(at, w.pick([]string{"HEAD", "GET"}), "/", 200) })
	}
	exporter := &client{w: w, from: w.home4(), agent: "Blackbox Exporter/0.27.0", old: true}
	w.every(w.after(0, 15), 15, 15.1, func(at time.Time) {
		exporter.get(at, "/healthz", 200)
		w.connectOnly(at, exporter.from)
		smtpd := w.process("postfix/smtpd")
		w.log(at, smtpd, "connect from unknown[%s]", exporter.from)
		w.log(at, smtpd, "lost connection after CONNECT from unknown[%s]", exporter.from)
		w.log(at, smtpd, "disconnect from unknown[%s] commands=0/0", exporter.from)
		w.imapNothing(at, exporter.from)
	})
	nagios := &client{w: w, from: w.home4(), agent: "check_http/v2.4.12 (monitoring-plugins 2.4.0)", old: true}
	w.every(w.after(0, 100), 300, 301, func(at time.Time) {
		for i := range 25 {
			status := 200
			switch {
			case i < 3:
				status = 404
			case i < 5:
				status = 401
			}
			nagios.get(at.Add(w.seconds(0, 60)), fmt.Sprintf("/%s/check-%d", nouns[i], i), status)
		}
		for _, port := range []int{21, 3306, 5432, 8080, 9100, 6379} {
			w.packet(at.Add(w.seconds(0, 60)), nagios.from, "TCP", w.port(), port, "SYN")
		}
		w.connectOnly(at.Add(w.seconds(0, 60)), nagios.from)
	})
}

// connectOnly is somebody who reads the banner of sshd and leaves.
func (w *world) connectOnly(at time.Time, from string) {
	sshd, port := w.process("sshd-session"), w.port()
	w.log(at, sshd, "error: kex_exchange_identification: Connection closed by remote host")
	w.log(at, sshd, "Connection closed by %s port %d", from, port)
}

func playFirewall(w *world) {
	for range 20 {
		from, proto, source := w.home(), "TCP", 443
		if w.chance(30) {
			proto, source = "UDP", 53
		}
		w.every(w.after(0, 1200), 300, 1500, func(at time.Time) {
			for range w.between(5, 50) {
				w.packet(at, from, proto, source, w.between(32_768, 60_999), w.pick([]string{"ACK FIN", "RST", "ACK RST", "ACK PSH"}))
				at = at.Add(w.seconds(0.01, 4))
			}
		})
	}
	for range 400 {
		from := w.home()
		w.every(w.after(0, 1200), 300, 900, func(at time.Time) {
			w.packet(at, from, "TCP", w.port(), 51_413, "SYN")
			w.packet(at.Add(time.Second), from, "UDP", w.port(), 51_413, "")
		})
	}
	for range 3 { // passive FTP: each time another port, which the filter does not let in
		from := w.home()
		w.begin(w.after(0, 2400), func(at time.Time) {
			for range w.between(5, 15) {
				port, sport := w.between(40_000, 50_000), w.port()
				for _, again := range []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second} {
					w.packet(at.Add(again), from, "TCP", sport, port, "SYN")
				}
				at = at.Add(w.seconds(20, 40))
			}
		})
	}
	for range 8 { // a call that ended: its last packets
		from := w.home()
		w.every(w.after(0, 1200), 600, 1500, func(at time.Time) {
			sport := w.port()
			for range w.between(4, 20) {
				w.packet(at, from, "UDP", sport, w.between(32_768, 60_999), "")
				at = at.Add(w.seconds(0.01, 0.5))
			}
		})
	}
	for range 6 { // a browser after a change of networks: the same connection, again and again
		from, sport := w.home(), w.port()
		w.every(w.after(0, 600), 60, 400, func(at time.Time) {
			for range 8 {
				w.packet(at, from, "TCP", sport, 443, "ACK FIN")
				at = at.Add(w.seconds(0.2, 10))
			}
		})
	}
}

func playMailFlow(w *world) {
	for i := range 60 {
		from, host := w.home(), fmt.Sprintf("mx%d.example.org", i)
		gone := 0
		if i < 6 {
			gone = w.between(5, 20)
		}
		w.every(w.after(0, 600), 120, 900, func(at time.Time) {
			smtpd := w.process("postfix/smtpd")
			w.log(at, smtpd, "connect from %s[%s]", host, from)
			to, counts := w.person(), "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4"
			switch {
			case gone > 0:
				for range min(gone, 3) {
					gone--
					w.log(at, smtpd, "NOQUEUE: reject: RCPT from %s[%s]: 550 5.1.1 <gone%d@example.net>: Recipient address rejected: User unknown in virtual mailbox table; from=<news@example.org> to=<gone%d@example.net> proto=ESMTP helo=<%s>",
						host, from, gone, gone, host)
				}
			case w.chance(15):
				w.log(at, smtpd, "NOQUEUE: reject: RCPT from %s[%s]: 450 4.2.0 <%s@example.net>: Recipient address rejected: Greylisted, try again later; from=<a@example.org> to=<%s@example.net> proto=ESMTP helo=<%s>", host, from, to, to, host)
			case w.chance(5):
				w.log(at, smtpd, "SSL_accept error from %s[%s]: -1", host, from)
				w.log(at, smtpd, "lost connection after STARTTLS from %s[%s]", host, from)
				counts = "ehlo=1 starttls=0/1 commands=1/2"
			default:
				w.log(at, smtpd, "%s: client=%s[%s]", strings.ToUpper(w.hex(10)), host, from)
				counts = "ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7"
			}
			w.log(at.Add(2*time.Second), smtpd, "disconnect from %s[%s] %s", host, from, counts)
		})
	}
	for i := range 2 { // a newsletter of some years ago: sixty are gone, in twenty minutes or all at once
		from, gap := w.home(), []float64{20, 0.3}[i]
		for n := range 60 {
			w.begin(w.after(0, 10).Add(time.Duration(float64(n)*gap*float64(time.Second))), func(at time.Time) {
				w.log(at, w.process("postfix/smtpd"), "NOQUEUE: reject: RCPT from list%d.example.org[%s]: 550 5.1.1 <gone%d@example.net>: Recipient address rejected: User unknown in virtual mailbox table; from=<bounce-%d@example.org> to=<gone%d@example.net> proto=ESMTP helo=<list%d.example.org>",
					i, from, n, n, n, i)
			})
		}
	}
	balancer := w.home4()
	w.every(w.after(0, 5), 5, 5.1, func(at time.Time) { w.imapNothing(at, balancer) })
	w.every(w.after(0, 10), 10, 10.1, func(at time.Time) {
		screen, port := w.process("postfix/postscreen"), w.port()
		w.log(at, screen, "CONNECT from [%s]:%d to [%s]:25", balancer, port, machineIP)
		w.log(at, screen, "HANGUP after 0 from [%s]:%d in tests before SMTP handshake", balancer, port)
		w.log(at, screen, "DISCONNECT [%s]:%d", balancer, port)
	})
	for range 3 {
		expired := w.home()
		w.every(w.after(0, 60), 60, 62, func(at time.Time) {
			w.log(at, "dovecot", "imap-login: Disconnected: Connection closed: SSL_accept() failed: error:0A000416:SSL routines::ssl/tls alert certificate unknown: SSL alert number 46 (no auth attempts in 0 secs): user=<>, rip=%s, lip=%s, TLS handshaking, session=<%s>",
				expired, machineIP, w.hex(16))
		})
	}
}

func playWebMail(w *world) {
	for range 40 {
		c := w.browser()
		w.begin(w.after(0, 900), func(at time.Time) {
			w.mistypes(at, webLogin, c.from, "", w.clumsy())
			w.every(at.Add(time.Minute), 60, 60.5, func(at time.Time) { c.do(at, "POST", "/?_task=mail&_action=refresh", 200) })
			w.every(at.Add(time.Minute), 10, 90, func(at time.Time) {
				c.get(at, "/?_task=mail&_action=preview&_uid="+w.number(90_000)+"&_mbox=INBOX", 200)
				for range w.between(0, 5) {
					c.get(at.Add(time.Second), "/?_task=mail&_action=get&_part="+w.number(9), 200)
				}
			})
			w.every(at.Add(w.seconds(600, 2400)), 1800, 3000, func(at time.Time) {
				for range w.between(2, 4) {
					c.do(at, "POST", "/?_task=mail&_action=list", w.pickStatus(401, 403))
				}
				webLogin(w, at.Add(15*time.Second), c.from, "", true)
			})
		})
	}
}

func playDatabase(w *world) {
	for i := range 10 {
		from, user := w.home(), w.person()
		w.every(w.after(0, 600), 300, 900, func(at time.Time) {
			wrong := 0
			if i < 4 && w.chance(20) {
				wrong = w.between(1, 3)
			}
			w.mistypes(at, mysqlLogin, from, user, wrong)
			w.mistypes(at, postgresLogin, from, user, wrong/2)
			if w.chance(5) {
				w.say(at, postgres, fmt.Sprintf(`%s [%d] %s %s@shpo FATAL:  database "shpo" does not exist`, at.Format("2006-01-02 15:04:05.000 MST"), w.between(900, 99_999), from, user))
			}
		})
	}
	balancer := w.home4()
	w.every(w.after(0, 5), 5, 5.1, func(at time.Time) {
		w.say(at, mysql, fmt.Sprintf("%s %d [Note] [MY-010914] [Server] Got an error reading communication packets", at.Format("2006-01-02T15:04:05.000000Z"), w.between(8, 9000)))
		w.abandon(at, balancer)
		w.say(at, postgres, fmt.Sprintf("%s [%d] %s [unknown]@[unknown] LOG:  incomplete startup packet", at.Format("2006-01-02 15:04:05.000 MST"), w.between(900, 99_999), balancer))
	})
}
