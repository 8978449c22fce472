package traffic

import (
	"fmt"
	"time"
)

// requests lets two attackers send so many requests each.
func (w *world) requests(p pace, limit int, next func(c *client, at time.Time, n int)) {
	agent, old := w.pick(agents), w.chance(70)
	w.enemies(p, limit, func(at time.Time, from string, n int) { next(&client{w: w, from: from, agent: agent, old: old}, at, n) })
}

// asking is an attack that asks for pages of a list, one after the other, from anywhere in it.
func asking(name, about string, behaviors []string, p pace, paths []string, statuses ...int) Class {
	return Class{Name: Attack + name, About: about, Behaviors: behaviors, play: func(w *world) {
		shift := w.IntN(len(paths))
		w.requests(p, len(paths), func(c *client, at time.Time, n int) {
			c.get(at, paths[(n+shift)%len(paths)], w.pickStatus(statuses...))
		})
	}}
}

// attacksOnWeb are attacks on web sites and what is behind them.
func attacksOnWeb() []Class {
	hastily, calmly := pace{0.1, 1}, pace{5, 11}
	return []Class{
		asking("probing", "software with known holes is looked for", webScan, hastily, probes, 404),
		asking("probing-slow", "the same, a request every eight seconds", webScan, calmly, probes, 404, 404, 404, 403),
		asking("secrets", "files with secrets that were left lying about", webScan, hastily, secrets, 404, 404, 403),
		asking("secrets-slow", "the same, slowly", webScan, calmly, secrets, 404),
		asking("traversal", "paths that climb out of the site", webHarm, hastily, climbs, 400, 404, 200),
		asking("injection", "SQL in parameters", webHarm, hastily, injections, 200, 500),
		asking("scripting", "scripts in parameters", webHarm, hastily, scripts, 200),
		asking("shells", "shells that others left behind", webScan, hastily, shells, 404),
		asking("admin-pages", "tools of administrators", webScan, hastily, adminPages, 404, 404, 401, 403),
		asking("holes", "one request for each of some well-known holes", webHarm, pace{1, 6}, holes, 404, 400, 403),
		{Name: Attack + "crawl", About: "a site that is copied, by somebody who does not say so", Behaviors: []string{"http:crawl", "http:scan", "http:dos"}, play: func(w *world) {
			w.requests(pace{0.05, 0.2}, 3000, func(c *client, at time.Time, n int) {
				c.get(at, fmt.Sprintf("/%s/%s-%d.html", w.pick(nouns), w.pick(nouns), n), w.pickStatus(200, 200, 200, 200, 404))
			})
		}},
		{Name: Attack + "tools", About: "tools that say so", Behaviors: webScan, play: func(w *world) {
			agent := w.pick(badAgents)
			w.requests(hastily, 60, func(c *client, at time.Time, n int) {
				c.agent = agent
				c.get(at, fmt.Sprintf("/%s?x=%d", w.pick(nouns), n), w.pickStatus(200, 404))
			})
		}},
		{Name: Attack + "wp-plugins", About: "plugins of WordPress that are looked for", Behaviors: webScan, play: func(w *world) {
			w.requests(hastily, len(wpPlugins), func(c *client, at time.Time, n int) {
				c.get(at, "/wp-content/plugins/"+wpPlugins[n]+"/readme.txt", w.pickStatus(404, 404, 404, 200))
			})
		}},
		{Name: Attack + "wp-users", About: "users of WordPress that are looked for", Behaviors: append([]string{"http:bruteforce"}, webScan...), play: func(w *world) {
			w.requests(hastily, 40, func(c *client, at time.Time, n int) {
				if n%8 == 7 {
					c.get(at, "/wp-json/wp/v2/users/"+w.number(20), w.pickStatus(200, 404))
					return
				}
				c.get(at, fmt.Sprintf("/?author=%d", n+1), w.pickStatus(301, 404))
			})
		}},
		{Name: Attack + "proxy", About: "is this an open proxy?", Behaviors: webScan, play: func(w *world) {
			w.requests(pace{1, 5}, 40, func(c *client, at time.Time, n int) {
				if n%2 == 0 {
					c.do(at, "CONNECT", fmt.Sprintf("mail%d.example.com:443", n), w.pickStatus(400, 405))
					return
				}
				c.get(at, fmt.Sprintf("http://check%d.example.com/azenv.php", n), w.pickStatus(404, 400))
			})
		}},
		{Name: Attack + "flood", About: "one page, as fast as it goes", Behaviors: webFlood, play: func(w *world) {
			w.requests(pace{0.002, 0.012}, 8000, func(c *client, at time.Time, _ int) { c.get(at, "/", w.pickStatus(200, 200, 503)) })
		}},
		{Name: Attack + "flood-random", About: "the same, past every cache", Behaviors: webFlood, play: func(w *world) {
			w.requests(pace{0.002, 0.012}, 8000, func(c *client, at time.Time, _ int) { c.get(at, "/?"+w.hex(8)+"="+w.hex(8), w.pickStatus(200, 503)) })
		}},
		{Name: Attack + "flood-posts", About: "the same with forms", Behaviors: append([]string{"http:bruteforce"}, webFlood...), play: func(w *world) {
			w.requests(pace{0.002, 0.012}, 8000, func(c *client, at time.Time, _ int) { c.do(at, "POST", "/search", w.pickStatus(200, 500, 502)) })
		}},
	}
}
