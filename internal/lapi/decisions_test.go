package lapi

import (
	"testing"
	"time"
)

func TestLive(t *testing.T) {
	w := newWorld(t)
	w.asBouncer("/v1/decisions", "200 null")
	w.asBouncer("/v1/decisions?ip=1.2.3.4", "200 null")
	w.ban("Ip 192.0.2.10 captcha 24h", "range 198.51.100.0/24 ban 4h", "Ip 198.51.100.7 captcha 1h", "Country FR ban 4h", "username bob mfa 30m",
		"Ip 2001:db8::1 ban 4h", "Range 2001:db8:1::/48 ban 4h", "Ip 203.0.113.5 ban 24h lists firehol")
	w.clock.add(time.Second)
	f := func(query, want string) {
		t.Helper()
		w.asBouncer("/v1/decisions"+query, "200 "+want)
	}
	captcha := `{"duration":"59m59s","id":3,"origin":"cscli","scenario":"manual","scope":"Ip","type":"captcha","value":"198.51.100.7"}`
	ban := `{"duration":"3h59m59s","id":2,"origin":"cscli","scenario":"manual","scope":"Range","type":"ban","value":"198.51.100.0/24"}`
	v6 := `{"duration":"3h59m59s","id":7,"origin":"cscli","scenario":"manual","scope":"Range","type":"ban","value":"2001:db8:1::/48"}`
	bob := `{"duration":"29m59s","id":5,"origin":"cscli","scenario":"manual","scope":"username","type":"mfa","value":"bob"}`
	list := `{"duration":"23h59m59s","id":8,"origin":"lists","scenario":"firehol","scope":"Ip","type":"ban","value":"203.0.113.5"}`
	f("?ip=198.51.100.7", "["+ban+","+captcha+"]") // the most severe first
	f("?ip=198.51.100.8&community_pull=false&additional_pull=false", "["+ban+"]")
	f("?range=198.51.100.0/24&contains=false", "["+ban+","+captcha+"]")
	f("?range=198.51.100.0/25&contains=true", "["+ban+"]")
	f("?scope=username&value=bob", "["+bob+"]")
	f("?scopes=USERNAME,username", "["+bob+"]")
	f("?type=captcha&ip=198.51.100.7", "["+captcha+"]")
	f("?type=mfa", "["+bob+"]")
	f("?origins=lists,CAPI", "["+list+"]")
	f("?scenarios_containing=SSH,FIREHOL", "["+list+"]")
	f("?scenarios_not_containing=manual", "["+list+"]")
	f("?ip=2001:db8:1::42", "["+v6+"]")
	f("?ip=2001:0DB8:0001:0000::0042", "["+v6+"]")
	f("?ip=2001%3Adb8%3A1%3A%3A42", "["+v6+"]")
	f("?ip=::ffff:198.51.100.8", "["+ban+"]")
	f("?ip=::ffff:198.51.100.7&limit=1&offset=1", "["+captcha+"]")
	f("?limit=2&offset=1", "["+ban+","+captcha+"]")
	f("?id_gt=7", "["+list+"]")
	f("?id_gt=8", "null")
	f("?simulated=true&ip=203.0.113.5", "["+list+"]")
	f("?", w.do("GET", "/v1/decisions", w.bouncerOf(), "").body)
	a := w.do("GET", "/v1/decisions?ip=8.8.8.8", w.bouncerOf(), "")
	if got := a.header.Get("Content-Type"); got != "application/json; charset=utf-8" || a.header.Get("Content-Length") != "4" {
		t.Errorf("headers: %v", a.header)
	}
}

func TestLiveRefuses(t *testing.T) {
	w := newWorld(t)
	f := func(query, want string) {
		t.Helper()
		w.asBouncer("/v1/decisions"+query, "400 "+want)
	}
	f("?ip=zzz", `{"message":"invalid ip value: \"zzz\" is neither an address nor a range"}`)
	f("?range=1.2.3.0/33", `{"message":"invalid range value: \"1.2.3.0/33\" is neither an address nor a range"}`)
	f("?contains=maybe", `{"message":"invalid contains value: \"maybe\" is neither true nor false"}`)
	f("?limit=x", `{"message":"invalid limit value: \"x\" is no whole number from 0 on"}`)
	f("?offset=-1", `{"message":"invalid offset value: \"-1\" is no whole number from 0 on"}`)
	f("?id_gt=99999999999999999999", `{"message":"invalid id_gt value...`)
	f("?ip=%zz", `{"message":"the query cannot be read: escape its values"}`)
	f("?simulated=2", `{"message":"invalid simulated value: \"2\" is neither true nor false"}`)
}

func TestDeleteDecisions(t *testing.T) {
	w := newWorld(t)
	w.ban("Ip 192.0.2.10 ban 4h crowdsec a/ssh-bf", "Ip 192.0.2.10 ban 24h", "Country FR ban 4h", "Ip 198.51.100.7 captcha 1h", "Range 198.51.100.0/24 ban 1h",
		"Ip 203.0.113.1 ban 1h lists one", "Ip 203.0.113.2 ban 1h lists two")
	f := func(target, want string) {
		t.Helper()
		w.asMachine("DELETE", "/v1/decisions"+target, "", want)
	}
	f("?ip=9.9.9.9", `200 {"nbDeleted":"0"}`)
	f("?value=192.0.2.10&scenario=a/ssh", `200 {"nbDeleted":"0"}`)
	f("?value=192.0.2.10&scenario=a/ssh-bf", `200 {"nbDeleted":"1"}`)
	f("?scopes=Country", `200 {"nbDeleted":"1"}`)
	f("?scope=country", `200 {"nbDeleted":"0"}`)
	f("?range=198.51.100.0/24&contains=false&type=captcha", `200 {"nbDeleted":"1"}`)
	f("?origin=lists&origins=lists&value=203.0.113.1", `200 {"nbDeleted":"1"}`)
	f("?uuid=nothing", `200 {"nbDeleted":"0"}`)
	f("?nope=1", `400 {"message":"filter parameter \"nope\" is unknown"}`)
	f("?ip=zzz", `400 ...`)
	f("/x", `400 {"message":"decision_id must be valid integer"}`)
	f("/99999", `404 {"message":"decision with id '99999' doesn't exist: unable to delete"}`)
	f("/7", `200 {"nbDeleted":"1"}`)
	f("/7", `404 ...`)
	f("?", `200 {"nbDeleted":"2"}`) // as cscli decisions delete --all
	w.asBouncer("/v1/decisions", "200 null")
}
