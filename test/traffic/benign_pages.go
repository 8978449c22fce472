package traffic

import (
	"fmt"
	"time"
)

func playWordPress(w *world) {
	for range 6 {
		c := w.browser()
		c.page = "/wp-admin/post.php?post=77&action=edit"
		editing := w.chance(50)
		w.begin(w.after(0, 600), func(at time.Time) {
			w.mistypes(at, wpLogin, c.from, "", w.IntN(5))
			gap := 60.0
			if editing {
				gap = 10
			}
			w.every(at.Add(time.Minute), gap, gap+0.4, func(at time.Time) { c.do(at, "POST", "/wp-admin/admin-ajax.php", 200) })
			w.every(at.Add(time.Minute), 20, 120, c.editor)
			w.every(at.Add(w.seconds(300, 1800)), 900, 2400, func(at time.Time) {
				for range w.between(5, 10) {
					c.do(at.Add(w.seconds(0, 3)), "POST", "/wp-json/wp/v2/posts/77/autosaves?_locale=user", 403)
				}
			})
		})
	}
	for range 3 {
		phone := &client{w: w, from: w.home(), agent: "wp-android/26.1", old: true}
		w.every(w.after(0, 900), 600, 1500, func(at time.Time) {
			for range w.between(20, 40) {
				phone.do(at, "POST", "/xmlrpc.php", 200)
				at = at.Add(w.seconds(0.2, 3))
			}
		})
	}
	jetpack := &client{w: w, from: w.home4(), agent: "Jetpack by WordPress.com", old: true}
	w.every(w.after(0, 60), 50, 200, func(at time.Time) { jetpack.do(at, "POST", "/xmlrpc.php?for=jetpack&token="+w.hex(12), 200) })
	for range 60 {
		c := w.browser()
		w.begin(w.after(0, 3500), func(at time.Time) {
			for range w.between(1, 9) {
				c.get(at, "/2026/08/"+w.pick(nouns)+"-"+w.pick(nouns)+"/", 200)
				at = at.Add(w.seconds(5, 60))
			}
			if w.chance(10) {
				c.get(at, "/?author="+w.number(3), 301)
				c.get(at, "/author/"+w.person()+"/", 200)
			}
		})
	}
}

// editor is a step of somebody who writes.
func (c *client) editor(at time.Time) {
	w := c.w
	c.get(at, "/wp-admin/"+w.pick([]string{"edit.php", "upload.php", "post-new.php", "plugins.php", "index.php", "users.php"}), 200)
	c.get(at.Add(time.Second), "/wp-admin/load-scripts.php?c=1&load%5Bchunk_0%5D=jquery-core", 200)
	for range w.between(3, 14) {
		c.get(at.Add(w.seconds(1, 4)), "/wp-json/wp/v2/"+w.pick([]string{"users?who=authors", "users/me", "types", "categories", "media", "posts/77", "block-types"}), 200)
	}
	if w.chance(15) {
		c.get(at.Add(5*time.Second), "/?p="+w.number(900)+"&preview=true", 404)
	}
}

func playPreviews(w *world) {
	const facebook = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"
	var bots []*client
	for range 25 {
		bots = append(bots, &client{w: w, from: w.home(), agent: facebook, old: true})
	}
	w.every(w.after(60, 300), 2700, 3600, func(at time.Time) {
		for _, c := range bots {
			for range 16 * 15 {
				c.hit(at.Add(w.seconds(0, 15)))
			}
		}
	})
	w.every(w.after(0, 10), 5, 60, func(at time.Time) {
		c := &client{w: w, from: w.home(), old: true, agent: w.pick([]string{
			"TelegramBot (like TwitterBot)", "WhatsApp/2.25.21.81 A", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
			"Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", "Twitterbot/1.0", facebook,
		})}
		for range w.between(1, 4) {
			c.hit(at)
			at = at.Add(w.seconds(0.1, 1))
		}
	})
	w.begin(w.after(600, 900), func(at time.Time) {
		for i := range 300 {
			c := &client{w: w, from: w.home(), old: true, agent: fmt.Sprintf("http.rb/5.3.1 (Mastodon/4.4.2; +https://m%d.example/) Bot", i)}
			c.get(at.Add(w.seconds(0, 60)), "/2026/08/"+nouns[0]+"/", 200)
		}
	})
}

// hit is a step of a preview: the page in part, or its picture.
func (c *client) hit(at time.Time) {
	w := c.w
	switch {
	case w.chance(25):
		c.get(at, "/og/"+w.hex(10)+".jpg", 404)
	case w.chance(20):
		c.get(at, "/og/"+w.pick(nouns)+".jpg", 200)
	default:
		c.get(at, "/2026/08/"+w.pick(nouns)+"-"+w.number(900)+"/?fbclid="+w.hex(20), w.pickStatus(206, 200))
	}
}

func (w *world) pickStatus(statuses ...int) int { return statuses[w.IntN(len(statuses))] }

func playFeeds(w *world) {
	for i := range 250 {
		c := &client{w: w, from: w.home(), old: true, agent: w.pick([]string{
			"FreshRSS/1.26.3 (Linux; https://freshrss.org)", "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers)", "NetNewsWire (RSS Reader; https://netnewswire.com/)",
			"Tiny Tiny RSS/25.08 (https://tt-rss.org/)", "Miniflux/2.2.11 (+https://miniflux.app)", "Thunderbird/140.1.0",
		})}
		gap := 3600.0
		switch {
		case i < 2:
			gap = 60
		case i < 40:
			gap = 300
		}
		feed := "/" + w.pick([]string{"feed.xml", "feed/", "atom.xml", "index.rss", "blog/feed/"})
		w.every(w.after(0, gap), gap, gap+5, func(at time.Time) {
			status := w.pickStatus(304, 304, 304, 200)
			if gap == 60 && w.chance(60) {
				status = 429
			}
			c.get(at, feed, status)
		})
	}
	aggregator := &client{w: w, from: w.home4(), agent: "Feedbin feed-id:1373 - 2 subscribers"}
	w.every(w.after(0, 60), 200, 500, func(at time.Time) {
		for range 6 {
			aggregator.get(at, "/tag/"+w.pick(nouns)+"/feed/", 404)
			at = at.Add(w.seconds(0.3, 2))
		}
	})
}

var crawlers = []string{
	"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
	"Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
}

func playCrawler(w *world) {
	for _, agent := range crawlers {
		for range w.between(3, 8) {
			c := &client{w: w, from: w.home(), agent: agent, old: true}
			dead := 0
			c.get(w.after(0, 9), "/robots.txt", 200)
			w.every(w.after(0, 30), 2, 8, func(at time.Time) {
				if dead == 0 && w.chance(11) {
					dead = w.between(1, 10)
				}
				if dead > 0 {
					dead--
					c.get(at, "/archive/"+w.number(90_000)+"/"+w.pick(nouns), w.pickStatus(404, 404, 404, 410))
					return
				}
				c.get(at, "/"+w.pick(nouns)+"/"+w.number(90_000), w.pickStatus(200, 200, 200, 200, 304, 301))
			})
		}
	}
}

func playRelaunch(w *world) {
	for _, agent := range crawlers[:2] {
		for range 5 {
			c := &client{w: w, from: w.home(), agent: agent, old: true}
			c.get(w.after(0, 9), "/robots.txt", 200)
			dead := 0
			w.every(w.after(0, 30), 3, 6, func(at time.Time) {
				if dead == 0 && w.chance(4) {
					dead = w.between(20, 40)
				}
				if dead > 0 {
					dead--
					c.get(at, "/old/"+w.pick(nouns)+"/"+w.number(90_000)+".html", 404)
					return
				}
				c.get(at, "/"+w.pick(nouns)+"/"+w.number(90_000), 200)
			})
		}
	}
}

func playFediverse(w *world) {
	server := func(n int) *client {
		return &client{w: w, from: w.home(), old: true, agent: fmt.Sprintf("http.rb/5.3.1 (Mastodon/4.4.2; +https://s%d.example/)", n)}
	}
	for i := range 200 {
		c := server(i)
		w.every(w.after(0, 900), 60, 1500, func(at time.Time) {
			switch w.IntN(6) {
			case 0:
				c.get(at, "/users/"+w.pick(nouns), w.pickStatus(404, 410))
			case 1:
				c.get(at, "/.well-known/webfinger?resource=acct:"+w.pick(nouns)+"@example.net", w.pickStatus(404, 200))
			case 2:
				c.get(at, "/users/ann/statuses/"+w.number(900_000_000), w.pickStatus(404, 200, 200))
			default:
				c.do(at, "POST", "/inbox", w.pickStatus(202, 202, 401))
			}
		})
	}
	big := server(999)
	w.every(w.after(0, 5), 2, 4, func(at time.Time) {
		big.do(at, "POST", w.pick([]string{"/inbox", "/inbox", "/users/" + w.person() + "/inbox"}), w.pickStatus(202, 202, 401))
	})
}

func playPackages(w *world) {
	for i := range 8 {
		from := w.home()
		as := func(agent string) *client { return &client{w: w, from: from, agent: agent, user: "ci"} }
		w.every(w.after(0, 400), 400, 900, func(at time.Time) {
			for range w.between(1, 4) {
				repo := "/team/" + w.pick(nouns) + ".git"
				git := as("git/2.50.1")
				git.get(at, repo+"/info/refs?service=git-upload-pack", 401)
				git.get(at.Add(100*time.Millisecond), repo+"/info/refs?service=git-upload-pack", 200)
				git.do(at.Add(300*time.Millisecond), "POST", repo+"/git-upload-pack", 200)
				at = at.Add(w.seconds(1, 5))
			}
			w.install(at.Add(5*time.Second), i%4, as)
		})
	}
}

// install asks an index for packages, most of which it does not have, since others have them.
func (w *world) install(at time.Time, way int, as func(agent string) *client) {
	step := func() time.Time { at = at.Add(w.seconds(0.05, 0.3)); return at }
	switch way {
	case 0:
		pip := as("pip/25.2 {\"ci\":true,\"cpu\":\"x86_64\",\"implementation\":{\"name\":\"CPython\"}}")
		for i := range w.between(30, 80) {
			pip.get(step(), fmt.Sprintf("/simple/%s-%d/", w.pick(nouns), i), w.pickStatus(404, 404, 404, 404, 200))
		}
	case 1:
		maven := as("Apache-Maven/3.9.11 (Java 21.0.8; Linux 6.12)")
		for i := range w.between(20, 60) {
			path := fmt.Sprintf("/repository/internal/org/%s/%s/%d.%d/%s", w.pick(nouns), w.pick(nouns), i, w.IntN(9), w.pick(nouns))
			status := w.pickStatus(404, 404, 404, 200)
			maven.get(step(), path+".pom", status)
			maven.get(step(), path+".jar", status)
		}
	case 2:
		golang := as("Go-http-client/2.0")
		for range w.between(5, 15) {
			path := "/" + w.pick(nouns)
			for range 3 {
				golang.get(step(), path+"?go-get=1", w.pickStatus(404, 200))
				path += "/" + w.pick(nouns)
			}
		}
	default:
		docker := as("docker/28.3.3 go/go1.24.5 git-commit/bea959c kernel/6.12 os/linux arch/amd64 UpstreamClient(Docker-Client/28.3.3)")
		docker.get(step(), "/v2/", 401)
		docker.get(step(), "/v2/token?service=registry&scope=repository:team/app:pull,push", 200)
		for range w.between(5, 20) {
			blob := "/v2/team/app/blobs/sha256:" + w.hex(64)
			docker.do(step(), "HEAD", blob, w.pickStatus(404, 404, 200))
			docker.do(step(), "POST", "/v2/team/app/blobs/uploads/", 202)
			docker.do(step(), "PUT", "/v2/team/app/blobs/uploads/"+w.uuid(), 201)
		}
		docker.do(step(), "PUT", "/v2/team/app/manifests/latest", 201)
		apt := as("Debian APT-HTTP/1.3 (3.0.3)")
		for _, p := range []string{"InRelease", "main/binary-amd64/Packages.xz", "main/binary-amd64/Packages.gz", "main/i18n/Translation-en", "main/dep11/Components-amd64.yml"} {
			apt.get(step(), "/debian/dists/trixie/"+p, w.pickStatus(200, 304, 404))
		}
	}
}

func playForge(w *world) {
	for range 25 {
		c := w.browser()
		w.begin(w.after(0, 2500), func(at time.Time) {
			for range w.between(10, 60) {
				repo := "/team/" + w.pick(nouns)
				file := w.pick([]string{
					"README.md", ".env.example", "docker-compose.yml", "config/database.yml", "src/main.go", ".gitignore", ".github/workflows/ci.yml", "wp-config.php",
					"internal/shell/shell.go", "cmd.php", ".npmrc", "phpinfo.php",
				})
				c.get(at, repo+w.pick([]string{"/src/branch/main/", "/raw/branch/main/", "/blame/branch/main/", "/commits/branch/main/"})+file, w.pickStatus(200, 200, 200, 200, 200, 200, 404))
				at = at.Add(w.seconds(1, 20))
			}
		})
	}
}

func playBanned(w *world) {
	for i := range 6 {
		c := w.browser()
		w.every(w.after(0, 30), 2, 30, func(at time.Time) {
			switch {
			case i == 0:
				c.do(at, "PROPFIND", "/remote.php/dav/calendars/ann/"+w.pick(nouns)+"/", 403)
			case w.chance(10): // a reload
				for j := range w.between(5, 40) {
					c.get(at.Add(w.seconds(0, 2)), fmt.Sprintf("/assets/%s-%d.js", w.pick(nouns), j), 403)
				}
				for range 20 {
					c.get(at.Add(w.seconds(0, 2)), "/"+w.pick(nouns)+"/"+w.number(90), 403)
				}
			case w.chance(30):
				c.do(at, "POST", w.pick([]string{"/login", "/api/v1/session", "/graphql"}), 403)
			default:
				c.get(at, "/api/v1/"+w.pick(nouns)+"/"+w.number(900), 403)
			}
		})
	}
}
