package gen

import (
	"strconv"
	"time"
)

// webLog is a web server's access log.
type webLog struct {
	site *site
	form func(b []byte, r *request, at time.Time, d *dice) []byte
}

func (l *webLog) pace() time.Duration { return 25 * time.Millisecond }

func (l *webLog) line(b []byte, at time.Time) []byte {
	r := l.site.next()
	return l.form(b, &r, at, l.site.dice)
}

// appendNginx writes the format "combined".
func appendNginx(b []byte, r *request, at time.Time, _ *dice) []byte {
	b = append(b, r.address...)
	b = append(b, " - "...)
	b = append(b, r.user...)
	b = append(b, " ["...)
	b = at.AppendFormat(b, "02/Jan/2006:15:04:05 -0700")
	b = append(b, `] "`...)
	b = append(b, r.verb...)
	b = append(b, ' ')
	b = appendHex(b, r.path)
	b = append(b, ' ')
	b = append(b, r.proto...)
	b = append(b, `" `...)
	b = strconv.AppendInt(b, int64(r.status), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(r.size), 10)
	b = append(b, ` "`...)
	b = appendHex(b, orDash(r.referer))
	b = append(b, `" "`...)
	b = appendHex(b, orDash(r.agent))
	return append(b, '"')
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// appendHex writes text as nginx does: quotes, backslashes and control characters as \xXX.
func appendHex(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' || c < ' ' || c > '~' {
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
			continue
		}
		b = append(b, s[i])
	}
	return b
}

// appendJSON writes a JSON string of text in ASCII.
func appendJSON(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// appendKey writes `,"key":`, or without the comma behind an opening brace.
func appendKey(b []byte, key string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, key...)
	return append(b, '"', ':')
}

func appendText(b []byte, key, value string) []byte { return appendJSON(appendKey(b, key), value) }

func appendNumber(b []byte, key string, value int64) []byte {
	return strconv.AppendInt(appendKey(b, key), value, 10)
}

// appendCaddy writes a line of Caddy's access log.
func appendCaddy(b []byte, r *request, at time.Time, d *dice) []byte {
	b = append(b, '{')
	b = appendText(b, "level", "info")
	b = appendKey(b, "ts")
	b = strconv.AppendFloat(b, float64(at.UnixMicro())/1e6, 'f', 6, 64)
	b = appendText(b, "logger", "http.log.access.log0")
	b = appendText(b, "msg", "handled request")
	b = append(appendKey(b, "request"), '{')
	b = appendText(b, "remote_ip", r.address)
	b = appendText(b, "remote_port", strconv.Itoa(d.between(1025, 65_535)))
	b = appendText(b, "client_ip", r.address)
	b = appendText(b, "proto", r.proto)
	b = appendText(b, "method", r.verb)
	b = appendText(b, "host", siteName)
	b = appendText(b, "uri", r.path)
	b = append(appendKey(b, "headers"), '{')
	for _, h := range [][2]string{
		{"User-Agent", r.agent}, {"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}, {"Accept-Encoding", "gzip, br"}, {"Referer", r.referer},
	} {
		if h[1] != "" {
			b = append(appendJSON(append(appendKey(b, h[0]), '['), h[1]), ']')
		}
	}
	b = append(b, '}')
	if r.proto == "HTTP/2.0" {
		b = append(b, `,"tls":{"resumed":false,"version":772,"cipher_suite":4865,"proto":"h2","server_name":"`+siteName+`"}`...)
	}
	b = append(b, '}')
	b = appendNumber(b, "bytes_read", 0)
	b = appendText(b, "user_id", "")
	b = appendKey(b, "duration")
	b = strconv.AppendFloat(b, r.took.Seconds(), 'f', 9, 64)
	b = appendNumber(b, "size", int64(r.size))
	b = appendNumber(b, "status", int64(r.status))
	return append(b, `,"resp_headers":{"Server":["Caddy"],"Content-Type":["text/html; charset=utf-8"]}}`...)
}

// appendTraefik writes a line of Traefik's access log in JSON.
func appendTraefik(b []byte, r *request, at time.Time, d *dice) []byte {
	port := strconv.Itoa(d.between(1025, 65_535))
	client := r.address + ":" + port
	for i := range len(r.address) {
		if r.address[i] == ':' {
			client = "[" + r.address + "]:" + port
			break
		}
	}
	origin := r.took * 9 / 10
	stamp := at.Format("2006-01-02T15:04:05.999999999Z07:00")
	b = append(b, '{')
	b = appendText(b, "ClientAddr", client)
	b = appendText(b, "ClientHost", r.address)
	b = appendText(b, "ClientPort", port)
	b = appendText(b, "ClientUsername", "-")
	b = appendNumber(b, "DownstreamContentSize", int64(r.size))
	b = appendNumber(b, "DownstreamStatus", int64(r.status))
	b = appendNumber(b, "Duration", int64(r.took))
	b = appendNumber(b, "OriginContentSize", int64(r.size))
	b = appendNumber(b, "OriginDuration", int64(origin))
	b = appendNumber(b, "OriginStatus", int64(r.status))
	b = appendNumber(b, "Overhead", int64(r.took-origin))
	b = appendText(b, "RequestAddr", siteName)
	b = appendNumber(b, "RequestContentSize", 0)
	b = appendNumber(b, "RequestCount", int64(d.IntN(9_000_000)))
	b = appendText(b, "RequestHost", siteName)
	b = appendText(b, "RequestMethod", r.verb)
	b = appendText(b, "RequestPath", r.path)
	b = appendText(b, "RequestPort", "-")
	b = appendText(b, "RequestProtocol", r.proto)
	b = appendText(b, "RequestScheme", "https")
	b = appendNumber(b, "RetryAttempts", 0)
	b = appendText(b, "RouterName", "shop@docker")
	b = appendText(b, "ServiceAddr", "172.18.0.5:8080")
	b = appendText(b, "ServiceName", "shop@docker")
	b = appendText(b, "ServiceURL", "http://172.18.0.5:8080")
	b = appendText(b, "StartUTC", stamp)
	b = appendText(b, "entryPointName", "websecure")
	b = appendText(b, "level", "info")
	b = appendText(b, "msg", "")
	b = appendText(b, "request_Referer", r.referer)
	b = appendText(b, "request_User-Agent", r.agent)
	b = appendText(b, "time", at.Format(time.RFC3339))
	return append(b, '}')
}
