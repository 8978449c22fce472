package gen

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// request is one line of an access log before it has a form.
type request struct {
	address, user     string
	verb, path, proto string
	status, size      int
	referer, agent    string // "" when the client sends none
	took              time.Duration
}

// visit is somebody who is on the site.
type visit struct {
	address, agent string
	proto          string
	page           string // where it is
	brought        int    // files of the page that are still to come
	left           int    // pages
}

// visits is how many are on the site at once.
const visits = 64

// site makes the requests of one web site.
type site struct {
	*dice
	people *people
	pages  []string
	files  []string
	agents []string
	on     [visits]visit
	attack bursts
	raid   raid
}

func newSite(p *people, attacks float64, d *dice) *site {
	s := &site{dice: d, people: p, attack: bursts{share: attacks}}
	s.pages, s.files, s.agents = makePages(d), makeFiles(d), makeAgents(d)
	for i := range s.on {
		s.on[i] = s.arrive()
	}
	return s
}

// next is the next request.
func (s *site) next() request {
	attack, fresh := s.attack.due(s.dice)
	if fresh {
		s.raid = s.newRaid()
		s.attack.begin(s.raid.size)
	}
	if attack {
		s.attack.spend()
		return s.raid.next(s)
	}
	switch n := s.IntN(100); {
	case n < 8:
		return s.crawler()
	case n < 10:
		return s.monitor()
	case n < 11:
		return s.missing()
	}
	return s.visitor()
}

func (s *site) arrive() visit {
	v := visit{
		address: s.people.visitor(s.dice), agent: s.pick(s.agents), proto: "HTTP/2.0",
		page: s.pick(s.pages), left: s.between(1, 12),
	}
	if s.chance(4) {
		v.proto = "HTTP/1.1"
	}
	return v
}

// visitor is a step of somebody on the site: a page, then what it brings along.
func (s *site) visitor() request {
	v := &s.on[s.IntN(visits)]
	r := request{address: v.address, user: "-", verb: "GET", proto: v.proto, agent: v.agent}
	if v.brought > 0 {
		v.brought--
		r.path, r.status, r.size = s.pick(s.files), 200, s.between(300, 180_000)
		r.referer = host + v.page
		r.took = time.Duration(s.between(80, 3000)) * time.Microsecond
		if s.chance(4) {
			r.status, r.size = 304, 0
		}
		return r
	}
	if v.left == 0 {
		*v = s.arrive()
		r.address, r.agent, r.proto = v.address, v.agent, v.proto
		r.referer = s.pick(referers)
	} else {
		r.referer = host + v.page
	}
	v.left--
	v.page, v.brought = s.pick(s.pages), s.between(0, 9)
	r.path, r.status, r.size = v.page, 200, s.between(900, 64_000)
	r.took = time.Duration(s.between(2, 220)) * time.Millisecond
	switch n := s.IntN(100); {
	case n < 4:
		r.verb, r.status, r.size = "POST", 302, 0
		r.path = s.pick(forms)
	case n < 9: // a call of the pages' own program
		r.path = "/api/v2/" + s.pick(nouns) + "/" + strconv.Itoa(s.IntN(90_000)) + "?fields=" + s.pick(nouns) + "&page=" + strconv.Itoa(s.between(1, 40))
		r.size = s.between(40, 4000)
	case n < 11:
		r.path = "/search?q=" + s.pick(nouns) + "+" + s.pick(adjectives) + "&sort=date"
	case n < 12:
		r.status, r.size = 301, 169
	case n == 99:
		r.status, r.size = 499, 0
	}
	return r
}

// crawler is a search engine: pages, slowly, each from a few addresses.
func (s *site) crawler() request {
	i := s.IntN(len(crawlers))
	return request{
		address: s.people.addresses[i%len(s.people.addresses)], user: "-", verb: "GET", path: s.pick(s.pages), proto: "HTTP/1.1",
		status: 200, size: s.between(900, 64_000), agent: crawlers[i], took: time.Duration(s.between(2, 90)) * time.Millisecond,
	}
}

func (s *site) monitor() request {
	return request{
		address: s.people.addresses[len(s.people.addresses)/2], user: "-", verb: "HEAD", path: "/healthz", proto: "HTTP/1.1",
		status: 204, agent: "uptime-probe/3.1 (+https://status.example.net)", took: 300 * time.Microsecond,
	}
}

// missing is somebody with an old link, or one of the strays that try every address once.
func (s *site) missing() request {
	r := request{
		address: s.people.stray(s.dice), user: "-", verb: "GET", proto: "HTTP/1.1", status: 404, size: 153, agent: s.pick(s.agents),
		path: "/" + s.pick(nouns) + "/" + s.pick(adjectives) + "-" + strconv.Itoa(s.IntN(500)) + ".html", took: 200 * time.Microsecond,
	}
	if s.chance(3) {
		r.path, r.agent, r.user = "/", "", "-"
		r.status, r.size = 400, 157
	}
	return r
}

// makePages makes the pages of a site of a few hundred.
func makePages(d *dice) []string {
	pages := []string{"/", "/about", "/contact", "/imprint", "/pricing", "/news/", "/shop/", "/de/", "/fr/", "/account/orders"}
	for range 120 {
		pages = append(pages, fmt.Sprintf("/shop/%s/%s-%s-%d", d.pick(nouns), d.pick(adjectives), d.pick(nouns), d.between(100, 9999)))
	}
	for range 120 {
		pages = append(pages, fmt.Sprintf("/news/202%d/%02d/%s-%s-%s", d.between(1, 6), d.between(1, 12), d.pick(adjectives), d.pick(nouns), d.pick(nouns)))
	}
	for range 60 {
		pages = append(pages, fmt.Sprintf("/help/%s.html", d.pick(nouns)), fmt.Sprintf("/shop/%s/?page=%d&order=%s", d.pick(nouns), d.between(1, 30), d.pick(adjectives)))
	}
	for range 20 { // names in other scripts
		pages = append(pages, "/de/artikel/stra%C3%9Fe-"+strconv.Itoa(d.IntN(900)), "/jp/%E6%9C%AC/"+strconv.Itoa(d.IntN(900)))
	}
	return pages
}

// makeFiles makes the files that pages bring along.
func makeFiles(d *dice) []string {
	files := []string{"/favicon.ico", "/robots.txt", "/fonts/text-var.woff2", "/fonts/head-700.woff2"}
	for _, f := range []string{"app", "vendor", "shop", "page", "theme"} {
		files = append(files, fmt.Sprintf("/static/%s.%08x.js", f, d.Uint32()), fmt.Sprintf("/static/%s.%08x.css", f, d.Uint32()))
	}
	for range 90 {
		files = append(files, fmt.Sprintf("/img/%s-%s@%dx.%s", d.pick(adjectives), d.pick(nouns), d.between(1, 3), d.pick([]string{"webp", "png", "jpg", "svg", "avif"})))
	}
	return files
}

// makeAgents makes what browsers say of themselves, in a few hundred versions.
func makeAgents(d *dice) []string {
	var out []string
	for range 60 {
		v := d.between(118, 151)
		out = append(out,
			fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", v),
			fmt.Sprintf("Mozilla/5.0 (Linux; Android %d; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36", d.between(10, 16), v),
			fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0", v, v),
			fmt.Sprintf("Mozilla/5.0 (iPhone; CPU iPhone OS %d_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.0 Mobile/15E148 Safari/604.1",
				d.between(15, 19), d.IntN(7), d.between(15, 19)),
		)
	}
	return out
}

// raid is one attack on the site.
type raid struct {
	address, agent string
	size           int
	n              int
	kind           int
}

// The kinds of raids.
const (
	probing = iota
	guessing
	secrets
	crawling
	injecting
	scanning
	raidKinds
)

func (s *site) newRaid() raid {
	r := raid{address: s.people.attacker(s.dice), agent: s.pick(s.agents), kind: s.IntN(raidKinds), size: s.between(20, 60)}
	switch r.kind {
	case crawling:
		r.size = s.between(60, 160)
	case scanning:
		r.agent = s.pick(scanners)
	case secrets, probing:
		if s.chance(2) {
			r.agent = s.pick(tools)
		}
	}
	return r
}

// next is the attack's next request.
func (a *raid) next(s *site) request {
	a.n++
	r := request{
		address: a.address, user: "-", verb: "GET", proto: "HTTP/1.1", status: 404, size: 153, agent: a.agent,
		took: time.Duration(s.between(90, 900)) * time.Microsecond,
	}
	switch a.kind {
	case probing, scanning:
		r.path = "/" + s.pick(probes) + strings.Repeat("/", s.IntN(2)) + s.pick(nouns) + s.pick(endings)
	case guessing:
		r.verb, r.path, r.status, r.size = "POST", "/login", 401, 1204
		if a.size%2 == 0 { // a site that says so in words only
			r.path, r.status, r.size = "/wp-login.php", 200, 4811
		}
		r.referer = host + r.path
	case secrets:
		r.path = s.pick(folders) + s.pick(secretFiles)
		if s.chance(5) {
			r.status = 403
		}
	case crawling:
		r.path, r.status, r.size = "/shop/"+s.pick(nouns)+"/"+s.pick(adjectives)+"-"+strconv.Itoa(a.n), 200, s.between(900, 64_000)
	case injecting:
		r.path = "/shop/" + s.pick(nouns) + "?id=" + strconv.Itoa(a.n) + s.pick(injections)
		r.status, r.size = 200, 8200
		if s.chance(3) {
			r.path, r.status, r.size = s.pick(climbs), 400, 157
		}
	}
	return r
}
