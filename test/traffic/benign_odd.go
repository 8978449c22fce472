package traffic

import (
	"fmt"
	"strings"
	"time"
)

// oddities are benign classes that look odd in every log.
func oddities() []Class {
	return []Class{
		{Name: Benign + "connections", About: "what browsers, phones and balancers leave in access and error logs", play: playConnections},
		{Name: Benign + "newsletter", About: "a newsletter with broken links, and the gateways that look at them first", play: playNewsletter},
		{Name: Benign + "enterprise", About: "people at the software that attackers look for", play: playEnterprise},
	}
}

// complain writes a line of nginx's error log about a client.
func (w *world) complain(at time.Time, from, level, text, request string) {
	if request != "" {
		request = fmt.Sprintf(`, request: "%s HTTP/2.0", host: "%s"`, request, siteName)
	}
	w.say(at, string(Nginx), fmt.Sprintf("%s [%s] 812#812: *%d %s, client: %s, server: %s%s", at.Format("2006/01/02 15:04:05"), level, w.between(1, 900_000), text, from, siteName, request))
}

// complainApache writes a line of Apache httpd's error log about a client.
func (w *world) complainApache(at time.Time, from, module, text string) {
	if strings.Contains(from, ":") {
		from = "[" + from + "]"
	}
	w.say(at, string(Apache), fmt.Sprintf("[%s] [%s] [pid %d:tid %d] [client %s:%d] %s", at.Format("Mon Jan 02 15:04:05.000000 2006"), module, 913, 1021, from, w.port(), text))
}

func playConnections(w *world) {
	for range 80 {
		c := w.browser()
		w.every(w.after(0, 1800), 200, 1500, func(at time.Time) {
			for range w.between(1, 6) { // connections that a browser opens in advance and does not use
				w.web(at.Add(w.seconds(0, 3)), &request{from: c.from, user: "-", verb: "-", status: 408, referer: "-", agent: "-"})
			}
			for range w.between(2, 9) {
				c.get(at.Add(w.seconds(0, 9)), "/"+w.pick(nouns)+"/"+w.number(900), w.pickStatus(200, 200, 200, 499))
			}
		})
		w.every(w.after(0, 1800), 300, 1500, func(at time.Time) {
			picture := "/img/" + w.pick(nouns) + "-" + w.number(90) + ".webp"
			switch w.IntN(5) {
			case 0: // a page whose pictures are gone
				for i := range w.between(4, 12) {
					gone := fmt.Sprintf("/img/%s-%d.jpg", w.pick(nouns), i)
					c.get(at, gone, 404)
					w.complain(at, c.from, "error", fmt.Sprintf(`open() "/srv/www%s" failed (2: No such file or directory)`, gone), "GET "+gone)
					w.complainApache(at, c.from, "core:info", "AH00128: File does not exist: /srv/www"+gone)
				}
			case 1: // a page that is in a hurry
				for range w.between(3, 20) {
					c.get(at, picture, 503)
					w.complain(at, c.from, "error", fmt.Sprintf(`limiting requests, excess: %d.%03d by zone "perip"`, w.between(20, 30), w.IntN(1000)), "GET "+picture)
				}
			case 2:
				c.do(at, "POST", "/api/assets", 413)
				w.complain(at, c.from, "error", fmt.Sprintf("client intended to send too large body: %d bytes", w.between(60_000_000, 900_000_000)), "POST /api/assets")
			case 3:
				w.complain(at, c.from, "info", "client closed connection while SSL handshaking", "")
				w.complain(at, c.from, "crit", "SSL_do_handshake() failed (SSL: error:0A000102:SSL routines::unsupported protocol) while SSL handshaking", "")
				w.complainApache(at, c.from, "ssl:info", "AH02008: SSL library error 1 in handshake (server www.example.net:443)")
			case 4:
				c.get(at, "/uploads/", 403)
				w.complain(at, c.from, "error", `directory index of "/srv/www/uploads/" is forbidden`, "GET /uploads/")
				w.complainApache(at, c.from, "autoindex:error", "AH01276: Cannot serve directory /srv/www/uploads/: No matching DirectoryIndex (index.php,index.html) found, and server-generated directory index forbidden by Options directive")
			}
		})
	}
	for range 4 { // somebody speaks TLS where none is expected, a balancer nothing at all
		from := w.home()
		w.every(w.after(0, 30), 30, 31, func(at time.Time) {
			w.web(at, &request{from: from, user: "-", verb: "-", status: 400, referer: "-", agent: "-"})
		})
	}
}

func playNewsletter(w *world) {
	for i := range 300 {
		c := w.browser()
		link := fmt.Sprintf("/offer/%s?utm_source=newsletter&utm_content=${campaign}&name={{first_name}}&u=%d", w.pick(nouns), i)
		w.begin(w.after(0, 1200), func(at time.Time) {
			if i%4 == 0 { // the gateway looks at all links of the mail
				g := &client{w: w, from: c.from, agent: agents[0], old: true}
				for j := range w.between(8, 25) {
					other := fmt.Sprintf("/offer/%s-%d?u=%d", w.pick(nouns), j, i)
					g.do(at.Add(w.seconds(0, 4)), "HEAD", other, w.pickStatus(200, 200, 200, 404, 405))
					g.get(at.Add(w.seconds(4, 8)), other, w.pickStatus(200, 200, 200, 404))
				}
				at = at.Add(w.seconds(20, 200))
			}
			c.get(at, link, w.pickStatus(200, 302, 404))
			c.get(at.Add(time.Second), "/track/open.gif?u="+w.number(9000)+"&r=%%CACHEBUSTER%%", 200)
			for range w.between(0, 8) {
				at = at.Add(w.seconds(4, 60))
				c.step(at)
			}
			if w.chance(10) {
				c.get(at.Add(9*time.Second), "/unsubscribe?mail=${user.email}", w.pickStatus(400, 200))
			}
		})
	}
}

func playEnterprise(w *world) {
	pages := strings.Fields(`/owa/service.svc?action=GetItem /owa/ev.owa2?ns=PendingRequest&ev=PendingNotificationRequest /ecp/?rfr=owa /sap/bc/ui5_ui5/ui2/ushell/shells/abap/FioriLaunchpad.html
		/sap/opu/odata/UI2/INTEROP/PersContainers /rest/api/content/search?cql=type=page /pages/viewpage.action?pageId=771 /secure/Dashboard.jspa /job/build/lastBuild/api/json
		/jenkins/job/app/42/console /geoserver/wms?service=WMS&request=GetMap&layers=roads /actuator/health /actuator/prometheus /solr/shop/select?q=name:lamp /kibana/api/status
		/grafana/api/dashboards/uid/x /zabbix/zabbix.php?action=dashboard.view /nagios/cgi-bin/status.cgi?host=all /cgi-bin/luci/admin/status/overview /remote/logininfo
		/global-protect/portal/portal.esp /vpn/index.html /dana-na/auth/url_default/welcome.cgi /webmin/session_login.cgi /manager/status /druid/coordinator/v1/loadstatus /nacos/v1/cs/configs?dataId=app
		/_cat/health /_search?q=status:500+AND+level:error /v2/_catalog /wsman /api/jsonws/user/get-current-user /console/login/LoginForm.jsp /wp-json/wp/v2/posts?per_page=10`)
	for i := range 30 {
		c := w.browser()
		c.user = w.person()
		mine := w.Perm(len(pages))[:w.between(3, 8)]
		w.every(w.after(0, 600), 3, 60, func(at time.Time) {
			c.get(at, pages[mine[w.IntN(len(mine))]]+w.pick([]string{"", "&_=" + w.hex(8)}), w.pickStatus(200, 200, 200, 200, 200, 304, 302))
		})
		if i < 10 { // Windows' own authentication asks twice for every connection
			w.every(w.after(0, 60), 20, 120, func(at time.Time) {
				for range w.between(1, 4) {
					path := w.pick([]string{"/EWS/Exchange.asmx", "/mapi/emsmdb/?MailboxId=" + w.hex(8), "/rpc/rpcproxy.dll?mail.example.net:6001"})
					c.do(at, "POST", path, 401)
					c.do(at.Add(50*time.Millisecond), "POST", path, 401)
					c.do(at.Add(100*time.Millisecond), "POST", path, 200)
					at = at.Add(w.seconds(0, 1))
				}
			})
		}
	}
	for range 10 {
		phone := &client{w: w, from: w.home(), user: w.person(), agent: "Apple-iPhone16C2/2205.76"}
		w.every(w.after(0, 60), 50, 900, func(at time.Time) {
			phone.do(at, "POST", "/Microsoft-Server-ActiveSync?User="+phone.user+"&DeviceId="+w.hex(16)+"&DeviceType=iPhone&Cmd=Ping", w.pickStatus(401, 200, 200, 200))
		})
	}
}
