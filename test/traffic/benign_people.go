package traffic

import (
	"fmt"
	"net/netip"
	"time"
)

// services are the benign classes of files, calendars and vaults.
func services() []Class {
	return []Class{
		{Name: Benign + "files", About: "desktops and phones that synchronise files", play: playFiles},
		{Name: Benign + "dav", About: "calendars and contacts", play: playDAV},
		{Name: Benign + "vault", About: "browsers with a vault of passwords", play: playVault},
	}
}

// people are the benign classes of those who log in.
func people() []Class {
	return []Class{
		{Name: Benign + "office", About: "200 people behind one address, on Monday morning", play: playOffice},
		{Name: Benign + "cgnat", About: "400 customers of a mobile network behind one address", play: playCGNAT},
		{Name: Benign + "mistypes", About: "people who mistype, then log in", play: playMistypes},
		{Name: Benign + "old-password", About: "programs that do not know of a new password", play: playOldPassword},
		{Name: Benign + "backup", About: "machines and people with many keys", play: playBackup},
		{Name: Benign + "privacy6", About: "a campus in one IPv6 /64", play: playPrivacy6},
		{Name: Benign + "university", About: "a /24 and a /48 in which many mistype once", play: playUniversity},
		{Name: Benign + "account", About: "a shared mailbox with a new password", play: playAccount},
	}
}

const desktop = "Mozilla/5.0 (Windows) mirall/3.17.0stable-Win64 (build 20250804) (Nextcloud, windows-10.0.26100 ClientArchitecture: x86_64 OsArchitecture: x86_64)"

func playFiles(w *world) {
	for i := range 15 {
		c := &client{w: w, from: w.home(), agent: desktop, user: w.person(), old: true}
		root := "/remote.php/dav/files/" + c.user + "/"
		w.begin(w.after(0, 30), func(at time.Time) { c.do(at, "PROPFIND", root, 401) })
		w.every(w.after(30, 60), 30, 30.5, func(at time.Time) { c.do(at, "PROPFIND", root, 207) })
		w.every(w.after(30, 90), 60, 60.5, func(at time.Time) {
			c.get(at, "/ocs/v2.php/apps/notifications/api/v2/notifications?format=json", 304)
			c.get(at.Add(time.Second), "/ocs/v2.php/apps/user_status/api/v1/user_status?format=json", 200)
		})
		if i < 4 {
			w.begin(w.after(100, 2500), func(at time.Time) { c.firstSync(at, root) })
		}
	}
	for range 8 {
		c := &client{w: w, from: w.home(), agent: "Mozilla/5.0 (Android) Nextcloud-android/3.33.0", user: w.person()}
		root := "/remote.php/dav/files/" + c.user + "/InstantUpload/2026/08/"
		w.begin(w.after(0, 2500), func(at time.Time) {
			c.do(at, "PROPFIND", root, 401)
			for range 30 {
				name := root + "IMG_" + w.number(99_999_999) + ".jpg"
				c.do(at, w.pick([]string{"PROPFIND", "HEAD"}), name, 404)
				c.do(at.Add(200*time.Millisecond), "MKCOL", root, 405)
				c.do(at.Add(time.Second), "PUT", name, w.pickStatus(201, 201, 201, 201, 423))
				at = at.Add(w.seconds(1, 5))
			}
		})
	}
	backup := &client{w: w, from: w.home(), agent: "okhttp/4.12.0", user: "ann"}
	w.begin(w.after(200, 1500), func(at time.Time) {
		for range 50 {
			id := w.hex(64)
			backup.do(at, "DELETE", "/remote.php/webdav/.SeedVaultAndroidBackup/"+w.hex(16)+".sv/"+id[:2]+"/"+id, w.pickStatus(404, 404, 404, 204))
			at = at.Add(w.seconds(0.3, 2))
		}
	})
}

// firstSync fetches and sends what a new desktop lacks.
func (c *client) firstSync(at time.Time, root string) {
	w := c.w
	for i := range 200 {
		folder := fmt.Sprintf("%s%s-%d/", root, w.pick(nouns), i)
		c.do(at.Add(w.seconds(0, 120)), "PROPFIND", folder, 207)
		for j := range 2 {
			file := at.Add(w.seconds(60, 300))
			switch {
			case w.chance(5):
				c.get(file, fmt.Sprintf("%s%d.odt", folder, j), 404)
			case w.chance(40):
				upload := "/remote.php/dav/uploads/" + c.user + "/" + w.number(900_000_000)
				c.do(file, "MKCOL", upload, 201)
				c.do(file.Add(time.Second), "PUT", upload+"/00001", 201)
				c.do(file.Add(2*time.Second), "MOVE", upload+"/.file", 201)
			default:
				c.get(file, fmt.Sprintf("%s%d.odt", folder, j), 200)
			}
		}
	}
}

func playDAV(w *world) {
	for i := range 25 {
		c := &client{w: w, from: w.home(), user: w.person(), old: true, agent: w.pick([]string{
			"DAVx5/4.5.2-ose (dav4jvm; okhttp/4.12.0) Android/15", "iOS/18.5 (22F76) dataaccessd/1.0", "macOS/15.5 (24F74) AddressBookCore/2695", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.1.0",
			"Evolution/3.56.2",
		})}
		calendars, contacts := "/remote.php/dav/calendars/"+c.user+"/", "/remote.php/dav/addressbooks/users/"+c.user+"/contacts/"
		w.begin(w.after(0, 600), func(at time.Time) {
			for _, p := range []string{"/.well-known/caldav", "/.well-known/carddav", "/", "/principals/", "/dav/", "/caldav/", "/calendars/"} {
				c.do(at, "PROPFIND", p, w.pickStatus(301, 404, 405))
				at = at.Add(w.seconds(0.1, 1))
			}
		})
		w.every(w.after(0, 900), 880, 920, func(at time.Time) {
			for j := range w.between(2, 6) {
				path := fmt.Sprintf("%s%s-%d/", calendars, w.pick(nouns), j)
				c.do(at, "PROPFIND", path, 401)
				c.do(at.Add(200*time.Millisecond), "PROPFIND", path, 207)
				c.do(at.Add(time.Second), "REPORT", path, w.pickStatus(207, 207, 207, 404))
				c.do(at.Add(2*time.Second), "POST", path, w.pickStatus(201, 403))
				at = at.Add(w.seconds(0.5, 2))
			}
		})
		if i < 4 {
			w.begin(w.after(100, 2000), func(at time.Time) {
				for range 100 {
					c.do(at, "PROPFIND", contacts+w.uuid()+".vcf", 207)
					at = at.Add(w.seconds(0.02, 0.4))
				}
				for range 60 {
					c.get(at, contacts+w.uuid()+".vcf?photo&size=32", w.pickStatus(404, 200))
					at = at.Add(w.seconds(0.02, 0.2))
				}
			})
		}
	}
}

func playVault(w *world) {
	for range 20 {
		c := w.browser()
		w.begin(w.after(0, 1500), func(at time.Time) {
			w.mistypes(at, vaultLogin, c.from, w.person(), max(0, w.between(-4, 3)))
			at = at.Add(40 * time.Second)
			for i := range w.between(100, 300) {
				c.get(at.Add(w.seconds(0, 5)), fmt.Sprintf("/icons/%s%d.example/icon.png", w.pick(nouns), i), w.pickStatus(200, 200, 404))
			}
			w.every(at, 295, 305, func(at time.Time) { c.get(at, "/api/accounts/revision-date", 200) })
			w.every(at, 600, 1200, func(at time.Time) { c.get(at, "/api/sync?excludeDomains=true", 200) })
		})
	}
}

func playOffice(w *world) {
	from := w.home4()
	for i := range 200 {
		user := fmt.Sprintf("p%03d", i)
		arrives := w.after(0, 1800)
		w.begin(arrives, func(at time.Time) {
			w.mistypes(at, imap, from, user, w.clumsy())
			w.mistypes(at.Add(w.seconds(30, 300)), smtp, from, user, w.clumsy()/2)
			w.mistypes(at.Add(w.seconds(20, 200)), webLogin, from, user, w.clumsy())
			if i%16 == 0 {
				w.mistypes(at.Add(w.seconds(60, 400)), sshPassword, from, w.person(), min(2, w.IntN(5)/2))
			}
		})
		c := &client{w: w, from: from, agent: w.pick(agents)}
		w.every(arrives.Add(time.Minute), 10, 30, c.step)
		w.every(arrives.Add(w.seconds(200, 500)), 300, 320, func(at time.Time) { imap(w, at, from, user, true) })
	}
}

// clumsy is how many wrong passwords somebody tries: one in twenty does at all.
func (w *world) clumsy() int {
	if w.chance(5) {
		return w.between(1, 2)
	}
	return 0
}

// step is what somebody at a site asks for, with an error now and then.
func (c *client) step(at time.Time) {
	w := c.w
	c.get(at, "/"+w.pick(nouns)+"/"+w.number(900), 200)
	for range w.between(0, 4) {
		c.get(at.Add(w.seconds(0.1, 1)), "/img/"+w.pick(nouns)+".webp", w.pickStatus(200, 304))
	}
	if w.chance(1) {
		c.get(at.Add(2*time.Second), "/"+w.pick(nouns)+"/gone-"+w.number(900), 404)
	}
}

func playCGNAT(w *world) {
	from := w.home4()
	for range 400 {
		c := &client{w: w, from: from, agent: w.pick(agents[3:])}
		w.begin(w.after(0, 3500), func(at time.Time) {
			for range w.between(20, 80) {
				c.step(at)
				at = at.Add(w.seconds(2, 8))
			}
		})
	}
	for i := range 8 {
		w.begin(w.after(0, 3500), func(at time.Time) {
			if i < 2 {
				webLogin(w, at, from, "", false)
				return
			}
			w.mistypes(at, webLogin, from, "", 1)
		})
	}
}

func playMistypes(w *world) {
	all := everyLogin()
	for i := range 60 {
		from, user := w.home(), w.person()
		w.begin(w.after(0, 3000), func(at time.Time) { w.mistypes(at, all[i%len(all)], from, user, w.between(1, 5)) })
	}
}

func playOldPassword(w *world) {
	for range 20 {
		from, user := w.home(), w.person()
		until := w.after(1200, 3600)
		try := func(low, high float64, f func(at time.Time)) {
			w.every(w.after(0, high), low, high, func(at time.Time) {
				if at.Before(until) {
					f(at)
				}
			})
		}
		dav := &client{w: w, from: from, user: user, agent: "iOS/18.5 (22F76) dataaccessd/1.0"}
		sync := &client{w: w, from: from, user: user, agent: desktop, old: true}
		switch w.IntN(7) {
		case 0:
			gap := w.seconds(60, 300).Seconds()
			try(gap, gap+5, func(at time.Time) {
				imap(w, at, from, user, false)
				smtp(w, at.Add(5*time.Second), from, user, false)
			})
		case 1:
			try(600, 610, func(at time.Time) {
				for range 4 {
					imap(w, at, from, user, false)
				}
			})
		case 2:
			try(60, 300, func(at time.Time) { ftp(w, at, from, "scanner", false) })
		case 3:
			try(895, 905, func(at time.Time) {
				for i := range 8 {
					dav.do(at.Add(time.Duration(i)*100*time.Millisecond), "PROPFIND", fmt.Sprintf("/remote.php/dav/calendars/%s/%s-%d/", user, nouns[i], i), 401)
				}
			})
		case 4:
			try(30, 30.5, func(at time.Time) { sync.do(at, "PROPFIND", "/remote.php/dav/files/"+user+"/", 401) })
		case 5:
			try(720, 725, func(at time.Time) { sshPassword(w, at, from, user, false) })
		case 6:
			try(900, 905, func(at time.Time) { mysqlLogin(w, at, from, "report", false) })
			try(900, 905, func(at time.Time) { postgresLogin(w, at, from, "report", false) })
		}
	}
}

func playBackup(w *world) {
	for range 12 {
		from, gap := w.home(), w.seconds(60, 300).Seconds()
		w.every(w.after(0, gap), gap, gap+2, func(at time.Time) {
			sshd, port := w.process("sshd-session"), w.port()
			for range 2 {
				w.log(at, sshd, "Failed publickey for backup from %s port %d ssh2: RSA SHA256:%s", from, port, w.hex(43))
			}
			w.sshOpen(at.Add(100*time.Millisecond), sshd, from, port, "backup", "Accepted publickey for %s from %s port %d ssh2: ED25519 SHA256:"+w.hex(43))
		})
	}
	withdrawn := w.home()
	w.every(w.after(0, 300), 300, 302, func(at time.Time) { sshKey(w, at, withdrawn, "backup", false) })
	robot := w.home4()
	w.every(w.after(100, 900), 900, 1500, func(at time.Time) {
		for range 30 {
			sshKey(w, at.Add(w.seconds(0, 2)), robot, "deploy", true)
		}
	})
	appliance := w.home4() // too old to find a common algorithm
	w.every(w.after(0, 300), 300, 302, func(at time.Time) {
		w.log(at, w.process("sshd-session"), "Unable to negotiate with %s port %d: no matching host key type found. Their offer: ssh-rsa,ssh-dss [preauth]", appliance, w.port())
	})
	scan := w.home() // of keys: one connection for each kind, every half hour
	w.every(w.after(0, 900), 1800, 1810, func(at time.Time) {
		for range 3 {
			w.log(at, w.process("sshd-session"), "Unable to negotiate with %s port %d: no matching host key type found. Their offer: sk-ssh-ed25519@openssh.com [preauth]", scan, w.port())
		}
		for range 2 {
			w.log(at, w.process("sshd-session"), "Connection closed by %s port %d [preauth]", scan, w.port())
		}
	})
	for range 4 { // windows of a terminal that come back after a restart, and wait for passwords that nobody types
		from := w.home()
		w.begin(w.after(0, 3000), func(at time.Time) {
			for range w.between(2, 5) {
				w.timeout(at.Add(w.seconds(120, 121)), from)
			}
			sshPassword(w, at.Add(200*time.Second), from, w.person(), true)
		})
	}
	for range 10 {
		from, user := w.home(), w.person()
		w.begin(w.after(0, 3000), func(at time.Time) {
			for range w.between(1, 2) {
				sshd, port := w.process("sshd-session"), w.port()
				w.log(at, sshd, "error: maximum authentication attempts exceeded for %s from %s port %d ssh2 [preauth]", user, from, port)
				w.log(at, sshd, "Disconnecting authenticating user %s %s port %d: Too many authentication failures [preauth]", user, from, port)
				at = at.Add(w.seconds(10, 60))
			}
			sshKey(w, at, from, user, true)
		})
	}
}

func playPrivacy6(w *world) {
	net := w.net6()
	for range 300 {
		user := w.person()
		w.begin(w.after(0, 3000), func(at time.Time) {
			try := w.pick3(imap, webLogin, sshPassword)
			w.mistypes(at, try, w.within(net), user, w.clumsy())
			c := &client{w: w, from: w.within(net), agent: w.pick(agents)}
			for range w.between(5, 40) {
				c.step(at)
				at = at.Add(w.seconds(2, 30))
			}
		})
	}
}

func (w *world) pick3(a, b, c login) login { return []login{a, b, c}[w.IntN(3)] }

func playUniversity(w *world) {
	w.v4 += 256 - w.v4%256 // a /24 of its own
	w.v6 += 256
	for i := range 300 {
		from := fmt.Sprintf("198.18.%d.%d", w.v4>>8, i+2)
		if i >= 150 {
			from = netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(w.v6 >> 8), 0, 0, byte(i), 0, 0, 0, 0, 0, 0, 0, 7}).String() //nolint:gosec // in range
		}
		w.begin(w.after(0, 3400), func(at time.Time) {
			try := w.pick3(sshPassword, imap, webLogin)
			switch {
			case i%3 > 0:
				w.mistypes(at, try, from, w.person(), 0)
			case i%30 == 0:
				try(w, at, from, w.person(), false)
			default:
				w.mistypes(at, try, from, w.person(), 1)
			}
		})
	}
	w.v4 += 256
	w.v6 += 256
}

func playAccount(w *world) {
	for range 30 {
		from := w.home()
		w.every(w.after(0, 600), 600, 900, func(at time.Time) {
			ok := at.After(Start().Add(30 * time.Minute))
			if !ok && at.Before(Start().Add(15*time.Minute)) || w.chance(30) {
				ok = true
			}
			if !ok {
				for range w.between(2, 4) {
					imap(w, at, from, "info", false)
					at = at.Add(w.seconds(1, 20))
				}
				return
			}
			imap(w, at, from, "info", true)
		})
	}
}
