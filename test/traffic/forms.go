package traffic

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Form is how a web server writes its access log. Its name is the label "type" of such lines.
type Form string

// The forms.
const (
	Nginx  Form = "nginx"   // "combined"
	Apache Form = "apache2" // "combined"
	Caddy  Form = "caddy"   // JSON
	// Traefik is JSON, with the agent and the referrer kept, which it leaves out unless it is told.
	Traefik Form = "traefik"
)

// Forms lists all forms.
func Forms() []Form { return []Form{Nginx, Apache, Caddy, Traefik} }

// The labels "type" of the other logs.
const (
	syslog      = "syslog"
	mysql       = "mysql"
	postgres    = "postgres"
	vsftpd      = "vsftpd"
	nextcloud   = "nextcloud"
	vaultwarden = "vaultwarden"
)

// machine is whose logs they are.
const (
	machine   = "gate"
	machineIP = "192.0.2.10"
	siteName  = "www.example.net"
)

// client is somebody who speaks to the web server.
type client struct {
	w     *world
	from  string
	agent string // "" when it sends none
	user  string // of HTTP's own authentication, "" for none
	old   bool   // HTTP/1.1
	page  string // the referrer
}

// get asks for a page.
func (c *client) get(at time.Time, path string, status int) { c.do(at, "GET", path, status) }

// do sends a request and writes how it was answered.
func (c *client) do(at time.Time, verb, path string, status int) {
	r := request{from: c.from, user: "-", verb: verb, path: path, status: status, referer: "-", agent: c.agent, proto: "HTTP/2.0"}
	if c.user != "" && status != 401 {
		r.user = c.user
	}
	if c.old {
		r.proto = "HTTP/1.1"
	}
	if c.page != "" {
		r.referer = "https://" + siteName + c.page
	}
	if r.agent == "" {
		r.agent = "-"
	}
	switch {
	case status == 204 || status == 304 || verb == "HEAD":
	case status >= 400:
		r.size = 153
	case status >= 300:
		r.size = 169
	default:
		r.size = c.w.between(200, 60_000)
	}
	c.w.web(at, &r)
}

// request is a line of an access log before it has a form.
type request struct {
	from, user        string
	verb, path, proto string
	status, size      int
	referer, agent    string // "-" when there is none
}

// web writes a line of the access log. A request that never came has the verb "-".
func (w *world) web(at time.Time, r *request) {
	kind := string(w.form)
	if r.verb == "-" {
		w.webNothing(at, r)
		return
	}
	switch w.form {
	case Caddy:
		w.say(at, kind, caddyLine(w, r, at))
	case Traefik:
		w.say(at, kind, traefikLine(w, r, at))
	case Apache:
		size := strconv.Itoa(r.size)
		if r.size == 0 {
			size = "-"
		}
		w.say(at, kind, fmt.Sprintf(`%s - %s [%s] "%s %s %s" %d %s "%s" "%s"`, r.from, r.user, at.Format("02/Jan/2006:15:04:05 -0700"),
			r.verb, apacheText(r.path), r.proto, r.status, size, apacheText(r.referer), apacheText(r.agent)))
	case Nginx:
		w.say(at, kind, fmt.Sprintf(`%s - %s [%s] "%s %s %s" %d %d "%s" "%s"`, r.from, r.user, at.Format("02/Jan/2006:15:04:05 -0700"),
			r.verb, nginxText(r.path), r.proto, r.status, r.size, nginxText(r.referer), nginxText(r.agent)))
	}
}

// webNothing writes a line about a connection on which nothing was asked; Caddy and Traefik write none.
func (w *world) webNothing(at time.Time, r *request) {
	asked := map[Form]string{Nginx: "", Apache: "-"}
	if text, ok := asked[w.form]; ok {
		w.say(at, string(w.form), fmt.Sprintf(`%s - - [%s] "%s" %d 0 "-" "-"`, r.from, at.Format("02/Jan/2006:15:04:05 -0700"), text, r.status))
	}
}

// nginxText escapes as nginx does in its access log.
func nginxText(s string) string {
	return escape(s, func(c byte) string {
		if c == '"' || c == '\\' || c < ' ' || c > '~' {
			return fmt.Sprintf(`\x%02X`, c)
		}
		return ""
	})
}

// apacheText escapes as Apache httpd does in its access log.
func apacheText(s string) string {
	return escape(s, func(c byte) string {
		switch {
		case c == '"' || c == '\\':
			return `\` + string(c)
		case c < ' ' || c > '~':
			return fmt.Sprintf(`\x%02x`, c)
		}
		return ""
	})
}

func escape(s string, of func(byte) string) string {
	var b strings.Builder
	for i := range len(s) {
		if e := of(s[i]); e != "" {
			b.WriteString(e)
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// quote writes a JSON string.
func quote(s string) string {
	return `"` + escape(s, func(c byte) string {
		switch {
		case c == '"' || c == '\\':
			return `\` + string(c)
		case c < ' ':
			return fmt.Sprintf(`\u%04x`, c)
		}
		return ""
	}) + `"`
}

// caddyLine is a line of Caddy's access log.
func caddyLine(w *world, r *request, at time.Time) string {
	headers := `"Accept":["*/*"]`
	if r.agent != "-" {
		headers = `"User-Agent":[` + quote(r.agent) + `],` + headers
	}
	if r.referer != "-" {
		headers += `,"Referer":[` + quote(r.referer) + `]`
	}
	user := r.user
	if user == "-" {
		user = ""
	}
	return fmt.Sprintf(`{"level":"info","ts":%.6f,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"%s","remote_port":"%d",`+
		`"client_ip":"%s","proto":"%s","method":"%s","host":"%s","uri":%s,"headers":{%s}},"bytes_read":0,"user_id":%s,"duration":0.00%d,"size":%d,"status":%d,`+
		`"resp_headers":{"Server":["Caddy"]}}`,
		float64(at.UnixMicro())/1e6, r.from, w.port(), r.from, r.proto, r.verb, siteName, quote(r.path), headers, quote(user), w.between(10, 99), r.size, r.status)
}

// traefikLine is a line of Traefik's access log.
func traefikLine(w *world, r *request, at time.Time) string {
	port := w.port()
	client := netip.AddrPort{}
	if a, err := netip.ParseAddr(r.from); err == nil {
		client = netip.AddrPortFrom(a, uint16(port)) //nolint:gosec // ports are small
	}
	var sent string
	if r.agent != "-" {
		sent += `,"request_User-Agent":` + quote(r.agent)
	}
	if r.referer != "-" {
		sent += `,"request_Referer":` + quote(r.referer)
	}
	took := w.between(300_000, 90_000_000) // nanoseconds
	return fmt.Sprintf(`{"ClientAddr":"%s","ClientHost":"%s","ClientPort":"%d","ClientUsername":%s,"DownstreamContentSize":%d,"DownstreamStatus":%d,"Duration":%d,`+
		`"OriginContentSize":%d,"OriginDuration":%d,"OriginStatus":%d,"Overhead":%d,"RequestAddr":"%s","RequestContentSize":0,"RequestCount":%d,"RequestHost":"%s",`+
		`"RequestMethod":"%s","RequestPath":%s,"RequestPort":"-","RequestProtocol":"%s","RequestScheme":"https","RetryAttempts":0,"RouterName":"web@docker",`+
		`"ServiceAddr":"172.18.0.5:8080","ServiceName":"web@docker","ServiceURL":"http://172.18.0.5:8080","StartUTC":"%s","entryPointName":"websecure","level":"info",`+
		`"msg":""%s,"time":"%s"}`,
		client, r.from, port, quote(r.user), r.size, r.status, took, r.size, took*9/10, r.status, took/10, siteName, w.between(1, 9_000_000), siteName,
		r.verb, quote(r.path), r.proto, at.Format("2006-01-02T15:04:05.999999999Z"), sent, at.Format(time.RFC3339))
}

// log writes a line of syslog.
func (w *world) log(at time.Time, program, format string, args ...any) {
	stamp := at.Format("2006-01-02T15:04:05.000000-07:00")
	if w.old {
		stamp = at.Format("Jan _2 15:04:05")
	}
	w.say(at, syslog, stamp+" "+machine+" "+program+": "+fmt.Sprintf(format, args...))
}

// process is a program with its number.
func (w *world) process(program string) string {
	return fmt.Sprintf("%s[%d]", program, w.between(800, 99_999))
}

func (w *world) port() int { return w.between(20_000, 65_000) }

// packet writes what the packet filter says of a packet that it dropped.
func (w *world) packet(at time.Time, from, proto string, sport, dport int, flags string) {
	version, ttl := "LEN=60 TOS=0x00 PREC=0x00", fmt.Sprintf("TTL=%d ID=%d", w.between(40, 250), w.IntN(65_536))
	to := machineIP
	if a, err := netip.ParseAddr(from); err == nil && a.Is6() {
		// The kernel writes all digits.
		from, to = a.StringExpanded(), "2001:0db8:0000:0001:0000:0000:0000:0010"
		version, ttl = "LEN=80 TC=0", fmt.Sprintf("HOPLIMIT=%d FLOWLBL=%d", w.between(40, 250), w.IntN(900_000))
	}
	rest := fmt.Sprintf("LEN=%d", w.between(28, 200))
	if proto == "TCP" {
		if flags != "" {
			flags += " "
		}
		rest = fmt.Sprintf("WINDOW=%d RES=0x00 %sURGP=0", w.between(1, 65_535), flags)
	}
	w.log(at, "kernel", "[%d.%06d] [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:43:21:08:00 SRC=%s DST=%s %s %s PROTO=%s SPT=%d DPT=%d %s",
		at.Unix()-Start().Unix()+90_000, at.Nanosecond()/1000, from, to, version, ttl, proto, sport, dport, rest)
}
