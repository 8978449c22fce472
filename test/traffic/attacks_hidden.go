package traffic

import (
	"fmt"
	"time"
)

// trying is an attack that tries made-up names.
func trying(name, about string, p pace, limit, status int, path func(w *world, n int) string) Class {
	return Class{Name: Attack + name, About: about, Behaviors: webScan, play: func(w *world) {
		w.requests(p, limit, func(c *client, at time.Time, n int) { c.get(at, path(w, n), status) })
	}}
}

// scanning is a scan of ports by packets that open no connection.
func scanning(name, about, proto string, flags ...string) Class {
	return Class{Name: Attack + name, About: about, Behaviors: []string{"tcp:scan", "udp:scan"}, play: func(w *world) {
		source := w.port()
		w.enemies(pace{0.05, 2}, 300, func(at time.Time, from string, _ int) {
			flag := ""
			if len(flags) > 0 {
				flag = w.pick(flags)
			}
			w.packet(at, from, proto, source, w.between(1, 10_000), flag)
		})
	}}
}

// hiddenAttacks look like what benign traffic does by the hundred: files that pages bring along, interfaces to programs, what
// is refused, one request now and then.
func hiddenAttacks() []Class {
	hastily := pace{0.1, 1}
	return []Class{
		trying("forbidden", "folders that are refused, one after the other", pace{0.05, 0.4}, 1000, 403, func(w *world, n int) string {
			return fmt.Sprintf("/%s%d/", w.pick(nouns), n)
		}),
		trying("dav", "made-up files of a Nextcloud", hastily, 900, 404, func(w *world, _ int) string {
			return "/remote.php/dav/files/admin/" + w.hex(8)
		}),
		trying("interfaces", "made-up interfaces to programs", hastily, 900, 404, func(w *world, _ int) string {
			return "/api/v1/" + w.hex(6)
		}),
		trying("pictures", "made-up pictures", hastily, 900, 404, func(w *world, _ int) string {
			return "/" + w.pick(nouns) + "/" + w.hex(6) + ".jpg"
		}),
		trying("queries", "made-up pages, each with a query that looks like a program's", hastily, 900, 404, func(w *world, _ int) string {
			return "/files/" + w.hex(6) + "?q=/api/"
		}),
		trying("scripts-slow", "a made-up script every twenty seconds", pace{19, 21}, 180, 404, func(w *world, _ int) string {
			return "/" + w.hex(6) + ".php"
		}),
		asking("traversal-odd", "paths that climb, encoded in ways of old servers", webHarm, hastily, oddClimbs, 400, 404),
		scanning("ports-udp", "a scan of UDP ports", "UDP"),
		scanning("ports-null", "a scan by packets without a flag", "TCP", ""),
		scanning("ports-fin", "a scan by packets with FIN alone", "TCP", "FIN"),
		scanning("ports-xmas", "a scan by packets with URG, PSH and FIN", "TCP", "URG PSH FIN"),
		{Name: Attack + "mysql-knocks", About: "connections to MariaDB that name nobody", Behaviors: []string{"generic:scan"}, play: func(w *world) {
			w.enemies(pace{0.1, 1}, 400, func(at time.Time, from string, _ int) { w.abandon(at, from) })
		}},
	}
}

// abandon ends a connection to MariaDB before it has named anybody.
func (w *world) abandon(at time.Time, from string) {
	n := w.between(8, 9000)
	w.say(at, mysql, fmt.Sprintf("%s %d [Warning] Aborted connection %d to db: 'unconnected' user: 'unauthenticated' host: '%s' (This connection closed normally without authentication)",
		at.Format("2006-01-02 15:04:05"), n, n, from))
}
