package rules_test

import "testing"

// What the flags of a TCP packet say of who sent it.
func TestPacketFlags(t *testing.T) {
	e := engine(t)
	const head = "Aug  2 10:00:00 host kernel: [ 7.5] [UFW BLOCK] IN=eth0 OUT= SRC=192.0.2.7 DST=192.0.2.1 LEN=44 TOS=0x00 PREC=0x00 TTL=244 ID=5 PROTO=TCP SPT=40000 DPT=21 WINDOW=1024"
	f := func(rest, want string) {
		t.Helper()
		v := parse(t, e, "syslog", head+rest)
		if v == nil || v.Meta["sub_type"] != want {
			t.Errorf("%q: %+v, want sub_type %s", rest, v, want)
		}
	}
	f(" RES=0x00 SYN URGP=0", "connect")
	f(" RES=0x00 CWR ECE SYN URGP=0", "connect")
	f(" RES=0x00 ACK SYN URGP=0", "other")
	f(" RES=0x00 ACK FIN URGP=0", "other")
	f(" RES=0x00 ACK PSH FIN URGP=0", "other")
	f(" RES=0x00 ACK URGP=0", "other")
	f(" RES=0x00 RST URGP=0", "other")
	f(" RES=0x00 URGP=0", "stealth")
	f(" RES=0x00 FIN URGP=0", "stealth")
	f(" RES=0x00 URG PSH FIN URGP=0", "stealth")
	f(" RES=0x00 SYN FIN URGP=0", "stealth")
	f(" RES=0x00 SY", "other") // cut off
	f("", "other")
}
