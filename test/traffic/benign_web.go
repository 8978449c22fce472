package traffic

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// webPages are the benign classes of web sites.
func webPages() []Class {
	return []Class{
		{Name: Benign + "spa", About: "a single-page application, after a release", play: playSPA},
		{Name: Benign + "extensions", About: "what browsers and mail programs ask for unbidden", play: playExtensions},
		{Name: Benign + "api", About: "REST and GraphQL, with tokens that end", play: playAPI},
		{Name: Benign + "sso", About: "dashboards behind a portal whose session ends", play: playSSO},
		{Name: Benign + "photos", About: "albums, and a phone that uploads", play: playPhotos},
		{Name: Benign + "video", About: "films in segments and ranges", play: playVideo},
		{Name: Benign + "words", About: "a forum about databases and web pages", play: playWords},
		{Name: Benign + "admin", About: "administrators at their tools", play: playAdmin},
		{Name: Benign + "scripts", About: "scripts that say so", play: playScripts},
		{Name: Benign + "wordpress", About: "editors at work", play: playWordPress},
		{Name: Benign + "previews", About: "a link that is shared", play: playPreviews},
		{Name: Benign + "feeds", About: "feed readers", play: playFeeds},
		{Name: Benign + "crawler", About: "identified crawlers and dead links", play: playCrawler},
		{Name: Benign + "relaunch", About: "crawlers after the site moved", play: playRelaunch},
		{Name: Benign + "fediverse", About: "servers that speak of deleted accounts", play: playFediverse},
		{Name: Benign + "packages", About: "builders that clone and install", play: playPackages},
		{Name: Benign + "forge", About: "people reading code", play: playForge},
		{Name: Benign + "banned", About: "people who were banned by mistake", play: playBanned},
	}
}

func (w *world) browser() *client {
	return &client{w: w, from: w.home(), agent: w.pick(agents), old: w.chance(20)}
}

func (w *world) number(n int) string { return strconv.Itoa(w.IntN(n)) }

func playSPA(w *world) {
	build, last := w.hex(8), w.hex(8)
	for range 90 {
		c := w.browser()
		w.begin(w.after(0, 3500), func(at time.Time) { c.application(at, build, last) })
	}
}

// application loads a single-page application and works with it for a while.
func (c *client) application(at time.Time, build, last string) {
	w := c.w
	c.get(at, "/", 200)
	c.page = "/"
	for i := range w.between(40, 90) {
		c.get(at.Add(w.seconds(0.1, 2)), fmt.Sprintf("/assets/chunk-%d.%s.%s", i, build, w.pick([]string{"js", "js", "css", "woff2"})), 200)
	}
	c.get(at.Add(time.Second), "/favicon.ico", 404)
	c.get(at.Add(time.Second), "/apple-touch-icon.png", 404)
	if w.chance(16) {
		for i := range w.between(10, 30) {
			c.get(at.Add(w.seconds(2, 4)), fmt.Sprintf("/assets/chunk-%d.%s.js.map", i, build), 404)
		}
	}
	if w.chance(10) {
		for i := range w.between(5, 20) {
			c.get(at.Add(w.seconds(2, 9)), fmt.Sprintf("/assets/lazy-%d.%s.js", i, last), 404)
		}
	}
	for range w.between(15, 40) {
		c.get(at.Add(w.seconds(1, 5)), "/api/v1/"+w.pick(nouns)+"/"+w.number(900)+"?fields=all", 200)
	}
	at = at.Add(w.seconds(10, 30))
	for range w.between(2, 8) {
		word := w.pick(nouns)
		for i := range word {
			c.get(at, "/api/v1/search?q="+word[:i+1], 200)
			at = at.Add(w.seconds(0.15, 0.3))
		}
		c.get(at, "/_next/static/chunks/app/%5B...slug%5D/page-"+build+".js", 200)
		c.get(at, "/_next/image?url=https%3A%2F%2Fcdn.example.net%2F"+word+".jpg&w=640&q=75", 200)
		c.get(at, "/api/v1/"+word+"/"+w.number(900), 200)
		for range w.between(1, 20) {
			c.do(at, "POST", "/collect?r="+w.hex(12), 204)
			at = at.Add(5 * time.Second)
		}
	}
}

func playExtensions(w *world) {
	for range 120 {
		c := w.browser()
		w.begin(w.after(0, 3500), func(at time.Time) {
			c.get(at, "/", 200)
			for _, i := range w.Perm(len(unbidden))[:w.between(8, 14)] {
				c.get(at.Add(w.seconds(0.2, 10)), unbidden[i], 404)
			}
			if w.chance(20) { // somebody sets up a mail program
				for _, p := range mailSettings {
					at = at.Add(w.seconds(0.3, 2))
					c.do(at, w.pick([]string{"GET", "POST", "OPTIONS"}), p, 404)
				}
			}
			for range w.between(1, 6) {
				at = at.Add(w.seconds(5, 60))
				c.get(at, "/"+w.pick(nouns), 200)
			}
		})
	}
}

func playAPI(w *world) {
	for range 20 {
		c := w.browser()
		c.agent = w.pick([]string{"ExampleApp/7.2 (Android 15)", "ExampleApp/7.2 CFNetwork/3826.500.111 Darwin/24.5.0", "okhttp/4.12.0", "Dart/3.8 (dart:io)"})
		w.begin(w.after(0, 2000), func(at time.Time) {
			for i := range 50 { // the application starts
				status := 200
				if i >= 20 && w.chance(45) {
					status = 404
				}
				c.get(at.Add(w.seconds(0, 6)), fmt.Sprintf("/api/v3/me/settings/%s-%d", w.pick(nouns), i), status)
			}
			gap := 60 / float64(w.between(20, 120))
			w.every(at.Add(8*time.Second), gap/2, gap*3/2, c.call)
			w.every(at.Add(w.seconds(60, 600)), 300, 900, func(at time.Time) {
				for i := range w.between(3, 8) {
					path := fmt.Sprintf("/api/v3/%s/%d", w.pick(nouns), i)
					c.get(at.Add(time.Duration(i)*20*time.Millisecond), path, 401)
					c.get(at.Add(time.Second), path, 200)
				}
				c.do(at.Add(500*time.Millisecond), "POST", "/api/v3/auth/refresh", 200)
			})
		})
	}
}

// call is one call of an interface.
func (c *client) call(at time.Time) {
	w := c.w
	switch {
	case w.chance(40):
		c.do(at, "POST", "/graphql", 200)
	case w.chance(8):
		c.get(at, "/api/v3/users/"+w.number(9000)+"/avatar", 404)
	case w.chance(5):
		c.do(at, "PUT", "/api/v3/"+w.pick(nouns)+"/"+w.number(9000), 422)
	default:
		c.get(at, "/api/v3/"+w.pick(nouns)+"/"+w.number(9000), 200)
	}
}

func playSSO(w *world) {
	for range 12 {
		c := w.browser()
		ends := w.after(300, 1800)
		back := ends.Add(w.seconds(600, 1800))
		for panel := range 12 {
			w.every(w.after(0, 10), 10, 10.5, func(at time.Time) {
				status := 200
				if at.After(ends) && at.Before(back) {
					status = 401
				}
				if panel%3 == 0 {
					c.get(at, fmt.Sprintf("/api/live/panel/%d?from=%d", panel, at.Unix()), status)
					return
				}
				c.do(at, "POST", fmt.Sprintf("/api/ds/query?ds_type=prometheus&requestId=Q%d", w.between(100, 999)), status)
			})
		}
		w.begin(back.Add(-20*time.Second), func(at time.Time) {
			if w.chance(12) {
				c.do(at, "POST", "/api/firstfactor", 401)
			}
			c.do(at.Add(8*time.Second), "POST", "/api/firstfactor", 200)
		})
	}
}

func playPhotos(w *world) {
	for range 12 {
		c := w.browser()
		c.agent = w.pick([]string{agents[0], agents[4], "immich-android/1.138.0", "immich-ios/1.138.0"})
		screen := func(at time.Time, missing int) {
			for i := range 60 {
				status := 200
				if i < missing {
					status = 404
				}
				c.get(at.Add(w.seconds(0, 8)), "/api/assets/"+w.uuid()+"/thumbnail?size=thumbnail&c="+w.hex(20), status)
			}
			if w.chance(30) {
				film := "/api/assets/" + w.uuid() + "/video/playback"
				for range w.between(3, 20) {
					at = at.Add(w.seconds(0.2, 2))
					c.get(at, film, 206)
				}
			}
		}
		w.begin(w.after(0, 1800), func(at time.Time) {
			for range w.between(6, 30) {
				c.get(at, "/api/albums/"+w.uuid(), 200)
				c.get(at, fmt.Sprintf("/api/timeline/bucket?timeBucket=20%02d-%02d-01", w.IntN(26), w.between(1, 12)), 200)
				screen(at, 0)
				at = at.Add(w.seconds(4, 12))
			}
			if w.chance(40) { // a phone uploads
				for range w.between(40, 150) {
					c.do(at, "POST", "/api/assets", 201)
					at = at.Add(w.seconds(0.3, 4))
				}
				screen(at, w.between(10, 25))
				c.get(at, "/api/socket.io/?EIO=4&transport=websocket", 400)
			}
		})
	}
}

func playVideo(w *world) {
	for range 30 {
		c := w.browser()
		w.begin(w.after(0, 2400), func(at time.Time) {
			id := w.uuid()
			for i := range 46 { // the home screen
				c.get(at.Add(w.seconds(0, 10)), fmt.Sprintf("/Users/%s/Items/%s-%d/Images", id, w.pick(nouns), i), 200)
			}
			at = at.Add(12 * time.Second)
			for range w.between(5, 30) { // seeking
				c.get(at, "/Videos/"+id+"/stream?static=true", w.seek())
				at = at.Add(w.seconds(0.05, 1))
			}
			for i := range w.between(60, 400) {
				ending := w.pick([]string{"ts", "m4s", "mp4"})
				if w.chance(5) {
					c.get(at, fmt.Sprintf("/hls/%s/%d.%s", id, i, ending), 404)
					at = at.Add(time.Second)
				}
				c.get(at, fmt.Sprintf("/hls/%s/%d.%s", id, i, ending), 200)
				if i%5 == 0 {
					c.do(at, "POST", "/Sessions/Playing/Progress", 204)
				}
				at = at.Add(w.seconds(2, 6))
			}
		})
		if w.chance(20) {
			w.begin(w.after(0, 3000), func(at time.Time) {
				for range w.between(100, 600) {
					c.get(at, "/downloads/film.iso", 206)
					at = at.Add(w.seconds(0.02, 0.3))
				}
			})
		}
	}
}

// seek is how a range is answered.
func (w *world) seek() int {
	if w.chance(4) {
		return 416
	}
	return 206
}

func playWords(w *world) {
	for range 80 {
		c := w.browser()
		w.begin(w.after(0, 3000), func(at time.Time) {
			for range w.between(4, 25) {
				q := w.pick(queries)
				switch w.IntN(7) {
				case 0:
					c.get(at, "/t/"+strings.ToLower(strings.NewReplacer("+", "-", "%27", "", "%3C", "", "%3E", "", "%2F", "", "%22", "").Replace(q))+"/"+w.number(9000), 200)
				case 1:
					c.get(at, "/login?next=https%3A%2F%2Fforum.example.net%2Ft%2F"+w.number(9000)+"%3Fpage%3D2", 200)
				case 2:
					c.get(at, "/t/"+w.number(9000)+"/../"+w.number(9000), 200)
				case 3:
					c.get(at, "/docs/sql/"+w.pick([]string{"union-select", "drop-table", "or-1-equals-1", "information_schema.tables", "sleep-function"}), 200)
				default:
					c.get(at, "/search?q="+q, 200)
				}
				at = at.Add(w.seconds(2, 40))
			}
		})
	}
}

func playAdmin(w *world) {
	tools := []string{
		"/phpmyadmin/index.php?route=/sql&db=shop&table=%s", "/phpmyadmin/js/dist/%s.js", "/adminer/?server=localhost&username=ann&select=%s", "/manager/html/%s",
		"/grafana/api/dashboards/uid/%s", "/admin/%s/edit", "/administrator/index.php?option=com_%s", "/solr/%s/select?q=*:*", "/actuator/metrics/%s",
	}
	tables := []string{
		"SELECT+*+FROM+%60users%60+WHERE+%60id%60+%3D+1", "SELECT+*+FROM+%60orders%60+ORDER+BY+%60id%60+DESC", "SELECT+table_name+FROM+information_schema.tables",
		"SELECT+a.id+FROM+a+UNION+SELECT+b.id+FROM+b", "DROP+TABLE+%60old%60",
	}
	for range 5 {
		c := w.browser()
		c.user = w.person()
		w.every(w.after(60, 600), 10, 200, func(at time.Time) {
			c.get(at, "/phpmyadmin/index.php?route=/sql&db=shop&sql_query="+w.pick(tables)+"&pos="+w.number(500), 200)
			c.get(at.Add(5*time.Second), "/cgi-bin/luci/admin/status/realtime/load_status", 200)
		})
		w.begin(w.after(0, 600), func(at time.Time) {
			for _, t := range tools {
				c.get(at, fmt.Sprintf(t, ""), 401)
				at = at.Add(w.seconds(20, 200))
			}
			for range w.between(200, 400) {
				c.get(at, fmt.Sprintf(w.pick(tools), w.pick(nouns)), 200)
				at = at.Add(w.seconds(0.3, 9))
			}
		})
	}
}

func playScripts(w *world) {
	for i, agent := range []string{
		"curl/8.14.1", "Wget/1.25.0", "python-requests/2.32.4", "Go-http-client/1.1", "Go-http-client/2.0", "Java/21.0.8", "Apache-HttpClient/5.5 (Java/21)", "axios/1.11.0",
		"node-fetch", "python-httpx/0.28.1", "aiohttp/3.12", "Ruby", "libwww-perl/6.79", "PostmanRuntime/7.45.0", "",
		"Dalvik/2.1.0 (Linux; U; Android 9; POS-7)", "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)", "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/139.0.0.0 Safari/537.36",
		"Microsoft-WebDAV-MiniRedir/10.0.26100", "Prometheus/3.5.0",
	} {
		for range 2 {
			c := &client{w: w, from: w.home(), agent: agent, old: true}
			w.every(w.after(0, 60), 55, 65, func(at time.Time) {
				switch i % 5 {
				case 0:
					c.get(at, "/export/"+at.Format("2006-01-02")+".csv", 404)
				case 1:
					c.get(at, "/api/v1/stock?key="+c.from, 401)
				default:
					for range w.between(1, 15) {
						c.get(at, "/api/v1/"+w.pick(nouns)+"/"+w.number(900), 200)
						at = at.Add(w.seconds(0.05, 1))
					}
				}
			})
		}
	}
}
