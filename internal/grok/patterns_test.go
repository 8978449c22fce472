package grok_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The names that users of grok and the hub's parsers expect, with the fields that come without naming one.
func TestShippedNames(t *testing.T) {
	lib := shipped(t)
	f := func(names, fields string) {
		t.Helper()
		for name := range strings.FieldsSeq(names) {
			p, err := lib.Compile("%{" + name + "}")
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if diff := cmp.Diff(strings.Fields(fields), p.Fields(), cmp.Transformer("join", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
	f("WORD NOTSPACE SPACE DATA GREEDYDATA QUOTEDSTRING QS UUID LOGLEVEL INT BASE10NUM NUMBER BASE16NUM BASE16FLOAT POSINT NONNEGINT", "")
	f("USERNAME USER EMAILLOCALPART EMAILADDRESS HTTPDUSER IPV4 IPV6 IP HOSTNAME HOST IPORHOST HOSTPORT MAC CISCOMAC WINDOWSMAC COMMONMAC", "")
	f("UNIXPATH WINPATH PATH TTY URIPROTO URIHOST URIPATH URIPARAM URIPATHPARAM URI URN", "")
	f("MONTH MONTHNUM MONTHNUM2 MONTHDAY DAY YEAR HOUR MINUTE SECOND TIME DATE DATE_US DATE_EU DATE_X DATESTAMP TZ NUMTZ", "")
	f("ISO8601_HOUR ISO8601_SECOND ISO8601_TIMEZONE TIMESTAMP_ISO8601 RFC3339 RFC3339NANO ANSIC UNIXDATE RUBYDATE RFC822Z RFC850 RFC1123 RFC1123Z KITCHEN", "")
	f("DATESTAMP_RFC822 DATESTAMP_RFC2822 DATESTAMP_OTHER DATESTAMP_EVENTLOG HTTPDATE HTTPDERROR_DATE SYSLOGTIMESTAMP PROG SYSLOGHOST", "")
	f("NOTDQUOTE NGUSER DAY2 NGINXERRTIME APACHEERRORTIME", "")
	f("SYSLOGPROG", "program pid")
	f("SYSLOGFACILITY", "facility priority")
	f("SYSLOGBASE", "timestamp facility priority logsource program pid")
	f("SYSLOGBASE2", "timestamp timestamp8601 facility priority logsource program pid")
	f("SYSLOGLINE", "timestamp timestamp8601 facility priority logsource program pid message")
	f("COMMONAPACHELOG", "clientip ident auth timestamp verb request httpversion rawrequest response bytes")
	f("COMBINEDAPACHELOG", "clientip ident auth timestamp verb request httpversion rawrequest response bytes referrer agent")
	f("HTTPD_ERRORLOG HTTPD20_ERRORLOG HTTPD24_ERRORLOG", "timestamp module loglevel pid tid proxy_errorcode proxy_message client clientip clientport errorcode message")
	f("EXIM_DATE", "exim_year exim_month exim_day exim_time")
	f("HAPROXYDATE", "haproxy_monthday haproxy_month haproxy_year haproxy_time haproxy_hour haproxy_minute haproxy_second haproxy_milliseconds")
	f("HAPROXYCAPTUREDREQUESTHEADERS", "captured_request_headers")
	f("HAPROXYCAPTUREDRESPONSEHEADERS", "captured_response_headers")
	f("SSHD_FAIL", "sshd_auth_type sshd_invalid_user sshd_client_ip sshd_port sshd_protocol")
	f("SSHD_USER_FAIL", "sshd_invalid_user sshd_client_ip sshd_port sshd_protocol")
	f("SSHD_DISC_PREAUTH", "sshd_client_ip sshd_port sshd_privsep")
	f("SSHD_BAD_VERSION", "sshd_client_ip")
	f("COWRIE_NEW_CO", "source_ip dest_ip dest_port telnet_session")
	f("TCPDUMP_OUTPUT", "timestamp source_ip source_port dest_ip dest_port tcpflags")
	f("SMB_AUTH_FAIL", "smb_domain user ip_source")
	f("NAXSI_EXLOG", "naxsi_src_ip naxsi_dst_ip http_path naxsi_id naxsi_zone naxsi_var_name")
}

// What a name matches at its place in a line. What is captured is in square brackets in the result.
func TestShippedMatch(t *testing.T) {
	lib := shipped(t)
	f := func(pattern, text, want string) {
		t.Helper()
		if got := result(t, lib, pattern, text); got != want {
			t.Errorf("%s on %q: %s, want %s", pattern, text, got, want)
		}
	}
	f("%{IP:a}", "from 192.168.1.250", "a=192.168.1.250")
	f("%{IP:a}", "from 192.168.1.25, x", "a=192.168.1.25")
	f("%{IP:a}:%{INT:p}", "10.0.0.29:443", "a=10.0.0.29 p=443")
	f("%{IP:a}", "300.1.1.1000", "a=00.1.1.100")
	f("%{IP:a}", "1.2.3", "no")
	f("%{IP:a}", "x ::1 y", "a=::1")
	f("%{IP:a}", "::ffff:198.51.100.7", "a=::ffff:198.51.100.7")
	f("%{IP:a} ", "::ffff:198.51.100.7 ", "a=::ffff:198.51.100.7")
	f("%{IP:a}", "64:ff9b::192.0.2.33", "a=64:ff9b::192.0.2.33")
	f("%{IP:a}", "1:2:3:4:5:6:192.0.2.33", "a=1:2:3:4:5:6:192.0.2.33")
	f("%{IP:a}", "2001:db8::8a2e:370:7334 port", "a=2001:db8::8a2e:370:7334")
	f("%{IP:a}", "2001:db8:0:1:2:3:4:5", "a=2001:db8:0:1:2:3:4:5")
	f("%{IP:a}", "2001:db8::", "a=2001:db8::")
	f("%{IP:a}", "fe80::1%eth0 up", "a=fe80::1%eth0")
	f("%{IP:a}", "12:34:56", "no")
	f(`\[%{IPORHOST:h}\]:%{INT:p}`, "[2001:db8::1]:25", "h=2001:db8::1 p=25")
	f("%{IPORHOST:h}(:%{INT:p})? ", "www.example.com:8080 x", "h=www.example.com p=8080")
	f("%{IPORHOST:h} x", "10.0.0.1.example.com x", "h=10.0.0.1.example.com")
	f("%{HOSTNAME:h}", "-a-b.c_d", "h=a-b.c")
	f("%{EMAILADDRESS:m}>", "<a.b+c@example.com>", "m=a.b+c@example.com")
	f("%{MONTHDAY:d} %{YEAR:y}", "12 2024", "d=12 y=2024")
	f("%{YEAR:y}-%{MONTHNUM:m}", "24-1", "y=24 m=1")
	f("%{MONTHNUM:m}", "12", "m=12")
	f("%{TIME:t}", "at 23:59:60.123 x", "t=23:59:60.123")
	f("%{TIME:t}", "1:02:03,4", "t=1:02:03,4")
	f("%{TIME:t}", "1:2:03", "no")
	f("%{TIMESTAMP_ISO8601:t}", "2024-02-29T12:00:01.5+0100 x", "t=2024-02-29T12:00:01.5+0100")
	f("%{TIMESTAMP_ISO8601:t}", "2024-02-29 12:00 x", "t=2024-02-29 12:00")
	f("%{DATESTAMP:t}", "2023-03-12 11:17:28.425 UTC", "t=2023-03-12 11:17:28.425")
	f("%{DATESTAMP:t}", "03/12/2023-11:17:28", "t=03/12/2023-11:17:28")
	f("%{RFC3339:t}", "2024-01-02T03:04:05.678Z", "t=2024-01-02T03:04:05.678Z")
	f("%{HTTPDATE:t}", "[10/Oct/2000:13:55:36 -0700]", "t=10/Oct/2000:13:55:36 -0700")
	f("%{QS:q}", `x "a \" b" "c"`, `q="a \" b"`)
	f("%{URIPATHPARAM:u} ", "GET /a/b?c=d&e=[f] HTTP", "u=/a/b?c=d&e=[f]")
	f("%{URI:u}", "see https://user:pw@example.com:8080/x?y#z", "u=https://user:pw@example.com:8080/x?y#z")
	f("%{MAC:m}", "MAC=00:16:3e:5e:6c:00:08", "m=00:16:3e:5e:6c:00")
	f("%{LOGLEVEL:l}", "[warning]", "l=warning")
	f("%{HAPROXYDATE:d}", "04/Apr/2024:14:30:18.885", "d=04/Apr/2024:14:30:18.885 haproxy_monthday=04 haproxy_month=Apr haproxy_year=2024 haproxy_time=14:30:18.8 haproxy_hour=14 haproxy_minute=30 haproxy_second=18.8 haproxy_milliseconds=5")
	f("%{SYSLOGBASE2}", "Mar  1 01:02:03 host.example sshd[12]: x", "timestamp=Mar  1 01:02:03 timestamp8601= facility= priority= logsource=host.example program=sshd pid=12")
}

// What a client sends as its name may look like a message of sshd; the address is that of the real one.
func TestSSHDNames(t *testing.T) {
	lib := shipped(t)
	f := func(name, text, want string) {
		t.Helper()
		if got := result(t, lib, "%{"+name+"}", text); got != want {
			t.Errorf("%s on %q: %s, want %s", name, text, got, want)
		}
	}
	f("SSHD_FAIL", "Failed password for root from 192.0.2.1 port 4000 ssh2", "sshd_auth_type=password sshd_invalid_user=root sshd_client_ip=192.0.2.1 sshd_port=4000 sshd_protocol=ssh2")
	f("SSHD_FAIL", "2024-01-02T03:04:05Z Failed keyboard-interactive/pam for root from ::1 port 4 ssh2", "sshd_auth_type=keyboard-interactive/pam sshd_invalid_user=root sshd_client_ip=::1 sshd_port=4 sshd_protocol=ssh2")
	f("SSHD_FAIL", "Failed password for invalid user x from 192.0.2.1 port 4000 ssh2", "no")
	f("SSHD_FAIL", "Failed password for invalid user Failed password for root from 192.0.2.9 port 1 ssh2 from 192.0.2.1 port 4000 ssh2", "no")
	f("SSHD_USER_FAIL", "Failed password for invalid user x from 192.0.2.1 port 4000 ssh2", "sshd_invalid_user=x sshd_client_ip=192.0.2.1 sshd_port=4000 sshd_protocol=ssh2")
	f("SSHD_USER_FAIL", "Failed password for invalid user a from 192.0.2.9 port 1 ssh2 from 192.0.2.1 port 4000 ssh2", "sshd_invalid_user=a from 192.0.2.9 port 1 ssh2 sshd_client_ip=192.0.2.1 sshd_port=4000 sshd_protocol=ssh2")
	f("SSHD_DISC_PREAUTH", "Disconnected from 192.0.2.1 port 4000 [preauth]", "sshd_client_ip=192.0.2.1 sshd_port=4000 sshd_privsep=preauth")
	f("SSHD_BAD_VERSION", "Bad protocol version identification 'x' from 192.0.2.9' from 192.0.2.1 port 4", "sshd_client_ip=192.0.2.1")
}

// One line of nginx's combined log, with the pattern of the hub's parser.
func BenchmarkMatch(b *testing.B) {
	p, err := shipped(b).Compile(`(?:%{IPORHOST:target_fqdn} )?%{IPORHOST:remote_addr} - %{NGUSER:remote_user}? \[%{HTTPDATE:time_local}\] "%{WORD:verb} %{DATA:request} HTTP/%{NUMBER:http_version}" %{NUMBER:status} %{NUMBER:body_bytes_sent} "%{NOTDQUOTE:http_referer}" "%{NOTDQUOTE:http_user_agent}"`)
	if err != nil {
		b.Fatal(err)
	}
	const line = `198.51.100.7 - - [22/Aug/2026:11:00:01 +0000] "GET /wp-login.php?x=1 HTTP/1.1" 404 162 "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"`
	var dst []string
	b.ReportAllocs()
	for b.Loop() {
		values, ok := p.Match(line, dst)
		if !ok {
			b.Fatal("no match")
		}
		dst = values
	}
}

// A library is cloned for each rule test and each reload.
func BenchmarkClone(b *testing.B) {
	lib := shipped(b)
	for b.Loop() {
		lib.Clone()
	}
}
