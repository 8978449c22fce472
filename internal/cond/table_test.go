package cond

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// show writes a value as tests compare it: text in quotes.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case []string:
		return fmt.Sprintf("%q", v)
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = show(e)
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return fmt.Sprint(v)
}

// checking returns a function that evaluates an expression in a place and compares what it gives, or "error: " and why.
func checking(t *testing.T, b *bench, kind Kind) func(src, want string) {
	t.Helper()
	return func(src, want string) {
		t.Helper()
		v, fault := b.eval(kind, src)
		got := show(v)
		if fault != "" {
			got = "error: " + fault
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", src, got, want)
		}
	}
}

func TestText(t *testing.T) {
	f := checking(t, newBench(t, nil), KindParser)
	f(`Upper("aé")`, `"AÉ"`)
	f(`Lower("AÉ")`, `"aé"`)
	f(`Lower(evt.Parsed.absent)`, `""`)
	f(`Lower(evt.Unmarshaled.absent)`, `error: x.yaml:1:1: Lower: argument 1 must be text, but is nothing`)
	f(`Trim("--a--", "-")`, `"a"`)
	f(`TrimLeft("--a--", "-")`, `"a--"`)
	f(`TrimRight("--a--", "-")`, `"--a"`)
	f(`TrimSpace(" a\t")`, `"a"`)
	f(`TrimPrefix("abc", "ab")`, `"c"`)
	f(`TrimSuffix("abc", "x")`, `"abc"`)
	f(`Fields(" a  b ")`, `["a" "b"]`)
	f(`Index("abc", "c")`, `2`)
	f(`Index("abc", "x")`, `-1`)
	f(`IndexAny("abc", "xc")`, `2`)
	f(`Split("a,b", ",")`, `["a" "b"]`)
	f(`Split("", ",")`, `[""]`)
	f(`SplitN("a,b,c", ",", 2)`, `["a" "b,c"]`)
	f(`SplitAfter("a,b", ",")`, `["a," "b"]`)
	f(`SplitAfterN("a,b,c", ",", 2)`, `["a," "b,c"]`)
	f(`Join(["a", "b"], "-")`, `"a-b"`)
	f(`Join(Split("a b", " "), "-")`, `"a-b"`)
	f(`Join(evt.Meta.log_type, "-")`, `error: x.yaml:1:1: Join: the first argument must be a list, but is text`)
	f(`Replace("aaa", "a", "b", 2)`, `"bba"`)
	f(`Replace("ab", "", "-", -1)`, `"-a-b-"`)
	f(`ReplaceAll("aaa", "a", "bb")`, `"bbbbbb"`)
	f(`Sprintf("%s-%05d-%v", "a", 3, nil)`, `"a-00003-<nil>"`)
	f(`Sprintf("%99999999d", 3)`, `error: x.yaml:1:1: Sprintf: a width in the format is above 9999`)
	f(`len(ToJsonString(evt)) > 100`, `true`)
	f(`Sprintf("%v", evt)`, `error: load: x.yaml:1:15: evt can not be used as a value (name a field: evt.Meta.source_ip)`)
	f(`Sprintf("%*d", 99999999, 3)`, `error: x.yaml:1:1: Sprintf: the format may not take widths from arguments (*)`)
	f(`ToString("a")`, `"a"`)
	f(`ToString(3)`, `""`)
	f(`ToString(nil)`, `""`)
	f(`Atof("1.5")`, `1.5`)
	f(`Atof("x")`, `0`)
	f(`B64Decode("YWI=")`, `"ab"`)
	f(`B64Decode("%")`, `error: x.yaml:1:1: B64Decode: the text is not base64`)
	f(`evt.Parsed.program | Upper()`, `"SSHD"`)
}

func TestMatch(t *testing.T) {
	f := func(pattern, name string, want bool) {
		t.Helper()
		if got := match(pattern, name); got != want {
			t.Errorf("Match(%q, %q) = %v, want %v", pattern, name, got, want)
		}
	}
	f("", "", true)
	f("", "a", false)
	f("*", "", true)
	f("?", "", false)
	f("a", "", false)
	f("a*c", "abbc", true)
	f("a*c", "abbd", false)
	f("a?c", "abc", true)
	f("a?c", "ac", false)
	f("*.php", "/x/y.php", true)
	f("*.php", "/x/y.php5", false)
	f("a**b*", "ab", true)
	f("*a*b", "xaxbxb", true)
	f("[a]", "a", false)
	f(strings.Repeat("a*", 1000)+"b", strings.Repeat("a", 20_000), false) // exponential in a naive matcher
}

func TestURL(t *testing.T) {
	f := checking(t, newBench(t, nil), KindParser)
	f(`PathEscape("a b/ü")`, `"a%20b%2F%C3%BC"`)
	f(`QueryEscape("a b&")`, `"a+b%26"`)
	f(`PathUnescape("a%20b+c")`, `"a b+c"`)
	f(`PathUnescape("a%2")`, `"a%2"`)
	f(`QueryUnescape("a%20b+c")`, `"a b c"`)
	f(`QueryUnescape("%zz")`, `"%zz"`)
	f(`ParseUri("/p?a=1&a=2&b=x%20y")`, `map[a:[1 2] b:[x y]]`)
	f(`ParseUri("/p?a=%zz")`, `map[]`)
	f(`ParseUri(":")`, `map[]`)
	f(`ParseQuery("a=1;2&b=%zz&c&=d&&e=%41+%4")`, `map[:[d] a:[1;2] b:[%zz] c:[] e:[A %4]]`)
	f(`ExtractQueryParam("/p?a=1&a=2", "a")`, `["1" "2"]`)
	f(`ExtractQueryParam("/p?a=1", "b")`, `[]`)
	f(`ExtractQueryParam("/p", "b")`, `[]`)
}

func TestLists(t *testing.T) {
	f := checking(t, newBench(t, nil), KindParser)
	f(`Distinct(["a", "b", "a", 1, 1])`, `["a" "b" 1]`)
	f(`Distinct([])`, `[]`)
	f(`Distinct([[1], [1], {"a": 1}, {"a": 1}])`, `[[1] map[a:1]]`)
	f(`Distinct(Split("a b a", " "))`, `["a" "b"]`)
	f(`Distinct("a")`, `<nil>`)
	f(`Flatten([1, [2, [3]]], "x")`, `[1 2 3 "x"]`)
	f(`FlattenDistinct([1, [2, [1]]], [2])`, `[1 2]`)
	f(`Get(["a", "b"], 1)`, `"b"`)
	f(`Get(Split("a b", " "), 5)`, `""`)
	f(`Get(Split("a b", " "), -1)`, `""`)
	f(`Get("a", 0)`, `error: x.yaml:1:1: Get: argument 0 must be a list, but is text`)
	f(`KeyExists("a", {"a": nil})`, `true`)
	f(`KeyExists("b", {"a": nil})`, `false`)
	f(`KeyExists("program", evt.Parsed)`, `true`)
	f(`KeyExists("a", 1)`, `error: x.yaml:1:1: KeyExists: argument 2 must be a map, but is a number`)
	f(`FloatApproxEqual(1, 1.0000001)`, `true`)
	f(`FloatApproxEqual(1, 1.1)`, `false`)
	f(`FloatApproxEqual(fromJSON("{}").x ?? 1, 1.0)`, `true`)
	f(`keys({"b": 1, "a": 2, "c": 3})`, `["a" "b" "c"]`)
	f(`values({"b": 1, "a": 2})`, `[2 1]`)
	f(`toPairs({"b": 1, "a": 2})`, `[["a" 2] ["b" 1]]`)
	f(`uniq([1, 2, 1])`, `[1 2]`)
	f(`join(["a", "b"])`, `"ab"`)
	f(`join(["a", "b"], ",")`, `"a,b"`)
	f(`replace("aab", "a", "x")`, `"xxb"`)
	f(`replace("aab", "a", "x", 1)`, `"xab"`)
	f(`repeat("ab", 3)`, `"ababab"`)
}

func TestJSON(t *testing.T) {
	f := checking(t, newBench(t, nil), KindParser)
	f(`JsonExtract(evt.Line.Raw, "a.b[0].c")`, `"x\\ny"`) // not decoded
	f(`JsonExtractUnescape(evt.Line.Raw, "a", "b", "[0]", "c")`, `"x\ny"`)
	f(`JsonExtractLib(evt.Line.Raw, "a", "b", "[1]")`, `"2"`)
	f(`JsonExtract(evt.Line.Raw, "a.b[0]")`, `"{\"c\":\"x\\ny\"}"`)
	f(`JsonExtract(evt.Line.Raw, "n")`, `"null"`)
	f(`JsonExtract(evt.Line.Raw, "x.y")`, `""`)
	f(`JsonExtract(evt.Line.Raw, "a.b[9].c")`, `""`)
	f(`JsonExtract("[1, [true]]", "[1].[0]")`, `"true"`)
	f(`JsonExtract("{\"a\": 1, \"a\": 2}", "a")`, `"1"`)
	f(`JsonExtract("{\"\\u0061\": 1}", "a")`, `"1"`)
	f(`JsonExtract("{\"a\": {\"b\": \"}\"}, \"c\": 3", "c")`, `"3"`) // cut off behind the value
	f(`JsonExtract("{\"a\": tru}", "a")`, `""`)
	f(`JsonExtract("{\"a\": \"x", "a")`, `""`)
	f(`JsonExtract("", "a")`, `""`)
	f(`JsonExtractUnescape("{\"a\": 1}", "a")`, `""`)
	f(`JsonExtractSlice(evt.Line.Raw, "a.b")`, `[map[c:x
y] 2]`)
	f(`JsonExtractSlice(evt.Line.Raw, "a")`, `[]`)
	f(`JsonExtractSlice(evt.Line.Raw, "a") == nil`, `true`)
	f(`JsonExtractObject(evt.Line.Raw, "a")["b"][1] == 2`, `true`)
	f(`JsonExtractObject(evt.Line.Raw, "a.b")`, `map[]`)
	f(`ToJsonString({"a": [1, "<"]})`, `"{\"a\":[1,\"\\u003c\"]}"`)
	f(`ToJsonString(nil)`, `"null"`)
	f(`UnmarshalJSON(evt.Line.Raw, evt.Unmarshaled, "j") in ["", nil]`, `true`)
	f(`evt.Unmarshaled.j.a.b[1] == 2`, `true`)
	f(`type(evt.Unmarshaled.j.a.b[1])`, `"float"`)
	f(`UnmarshalJSON("{", evt.Unmarshaled, "k") in ["", nil]`,
		`error: x.yaml:1:1: UnmarshalJSON: the text is not JSON: the text ends in the middle at byte 2`)
	f(`evt.Unmarshaled.k == nil`, `true`)
	f(`evt.Unmarshaled.k.x`, `error: x.yaml:1:19: there is no x: what it should be part of is missing`)
	f(`evt.Unmarshaled.k?.x`, `<nil>`)
}

func TestXML(t *testing.T) {
	b := newBench(t, nil)
	b.ev.SetName(0, "xml", `<Event xmlns="u"><System a="1"><ID>7</ID></System><Data Name="x">X</Data><Data Name="y">Y</Data></Event>`)
	f := checking(t, b, KindParser)
	f(`XMLGetNodeValue(evt.Parsed.xml, "/Event/System[1]/ID")`, `"7"`)
	f(`XMLGetNodeValue(evt.Parsed.xml, "/Event/Data[@Name='y']")`, `"Y"`)
	f(`XMLGetNodeValue(evt.Parsed.xml, "/Event/None")`, `""`)
	f(`XMLGetNodeValue(evt.Parsed.xml, "[[")`, `""`)
	f(`XMLGetNodeValue("<a><b></a>", "/a")`, `""`)
	f(`XMLGetNodeValue("", "/a")`, `""`)
	f(`XMLGetAttributeValue(evt.Parsed.xml, "/Event/System", "a")`, `"1"`)
	f(`XMLGetAttributeValue(evt.Parsed.xml, "/Event/System", "b")`, `""`)
	b.ev.SetName(0, "big", "<a>"+strings.Repeat("x", maxXML)+"</a>")
	f(`XMLGetNodeValue(evt.Parsed.big, "/a")`, `""`)
}

func TestPairs(t *testing.T) {
	f := func(read func(string, func(k, v string)), text, want string) {
		t.Helper()
		got := []string{}
		read(text, func(k, v string) { got = append(got, k+":"+v) })
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%s\n got %s\nwant %s", text, s, want)
		}
	}
	f(pairs, `a=1 b="x \" y" c= d=`, `a:1|b:x \" y|c:|d:`)
	f(pairs, `word a=b=c =x ==`, `a:b`)
	f(pairs, `u=http://h?y=1 z=2`, `u:http://h?y|z:2`)
	f(pairs, `a="open b=1`, `a:"open|b:1`)
	f(pairs, `a="x"b=c`, `a:x|b:c`)
	f(pairs, "a==b\tc=\xff", "a:|c:\xff")
	f(pairs, ``, ``)
	f(laxPairs, `a=one two b=three`, `a:one two|b:three`)
	f(laxPairs, `x 1 a="q c=1 \"z\"" d=2 `, `a:q c=1 "z"|d:2`)
	f(laxPairs, `p=C:\dir k=v`, `p:C:\dir|k:v`)
	f(laxPairs, `9a=1 b.c-d=2`, `a:1|b.c-d:2`)
	f(laxPairs, `a="open`, `a:open`)
	f(laxPairs, `none`, ``)

	g := checking(t, newBench(t, nil), KindParser)
	g(`ParseKV("a=1 b=2", evt.Unmarshaled, "kv") in ["", nil]`, `true`)
	g(`ParseKV("b=3", evt.Unmarshaled, "kv") == nil && evt.Unmarshaled.kv.a == "1" && evt.Unmarshaled.kv.b == "3"`, `true`)
	g(`evt.Unmarshaled.kv.none`, `""`)
	g(`ParseKV("nothing", evt.Unmarshaled, "x") == nil`, `error: x.yaml:1:1: ParseKV: the text has no key=value pair`)
	g(`UnmarshalJSON("1", evt.Unmarshaled, "n") == nil`, `true`)
	g(`ParseKVLax("a=1", evt.Unmarshaled, "n")`, `error: x.yaml:1:1: ParseKVLax: the target holds something else already`)
}

func TestAddresses(t *testing.T) {
	f := checking(t, newBench(t, nil), KindParser)
	f(`IsIP("1.2.3.4")`, `true`)
	f(`IsIP("1.2.3")`, `false`)
	f(`IsIP("fe80::1%eth0")`, `false`)
	f(`IsIPV4("::ffff:1.2.3.4")`, `true`)
	f(`IsIPV6("::ffff:1.2.3.4")`, `false`)
	f(`IsIPV6("2001:db8::1")`, `true`)
	f(`IpInRange("1.2.3.4", "1.2.3.0/24")`, `true`)
	f(`IpInRange("1.2.4.4", "1.2.3.0/24")`, `false`)
	f(`IpInRange("::ffff:1.2.3.4", "1.2.3.0/24")`, `true`)
	f(`IpInRange("1.2.3.4", "::ffff:1.2.3.0/120")`, `true`)
	f(`IpInRange("", "1.2.3.0/24")`, `false`)
	f(`IpInRange("1.2.3.4", "1.2.3.4")`, `false`)
	f(`IpInRange("1.2.3.4%x", "1.2.3.0/24") || IpInRange("fe80::1%x", "fe80::/10")`, `false`)
	f(`IsIPV6("::1") && not IsIPV6("1.2.3.4") && IsIPV6("::1") && IsIPV4("::ffff:1.2.3.4") && not IsIP("") && not IsIP("::")`, `false`)
	f(`IsIP("::") && not IsIP("") && not IsIP(repeat("1", 50)) && IsIP("::")`, `true`)
	f(`IpToRange("1.2.3.4", "/24")`, `"1.2.3.0/24"`)
	f(`IpToRange("2001:db8::1", "64")`, `"2001:db8::/64"`)
	f(`IpToRange("1.2.3.4", "33")`, `""`)
	f(`IpToRange("1.2.3.4", "-1")`, `""`)
	f(`IpToRange("x", "24")`, `""`)
	f(`Distance("0.0", "0.0", "48.5", "2.25")`, `0`)
	f(`int(Distance("51.45", "1.15", "41.54", "12.27"))`, `1389`)
	f(`int(Distance("1", "0", "-1", "180"))`, `20015`)
	f(`Distance("", "", "1", "1")`, `error: x.yaml:1:1: Distance: "" is not a number of degrees`)
}

func TestTimes(t *testing.T) {
	b := newBench(t, nil)
	b.run.Begin(noon.In(time.FixedZone("", 3600)))
	f := checking(t, b, KindParser)
	f(`TimeNow()`, `"2026-03-14T12:00:00Z"`)
	f(`now().Unix()`, strconv.FormatInt(noon.Unix(), 10))
	f(`ParseUnix("1773489600")`, `"2026-03-14T12:00:00Z"`)
	f(`ParseUnix("1773489600.123")`, `"2026-03-14T12:00:00Z"`)
	f(`ParseUnix("0")`, `""`)
	f(`ParseUnix("soon")`, `""`)
	const four = `[date("2026-01-01T00:01:00Z"), date("2026-01-01T00:00:00Z"), date("2026-01-01T00:01:10Z"), date("2026-01-01T00:01:12Z")]`
	f(`MedianInterval(`+four+`)`, `10s`)
	f(`AverageInterval(`+four+`)`, `24s`)
	f(`MedianInterval(`+four+`[:3])`, `35s`) // the middle of 60s and 10s
	f(`MedianInterval(`+four+`[:1])`, `error: x.yaml:1:1: MedianInterval: at least two times are needed`)
	f(`MedianInterval([1, 2])`, `error: x.yaml:1:1: MedianInterval: element 0 of the list is not a time`)
	f(`MedianInterval(map(`+four+`, #)) < duration("15s")`, `true`)
}

func TestFiles(t *testing.T) {
	h := fullHost()
	h.Files = files{
		lines:   map[string][]string{"l.txt": {"a", " b "}},
		regexps: map[string][]*regexp.Regexp{"r.txt": {regexp.MustCompile("^x"), regexp.MustCompile("y$")}},
		maps: map[string][]map[string]string{"m.json": {
			{"pattern": "/b", "tag": "second", "type": "contains"},
			{"pattern": "/a", "tag": "first", "type": "contains"},
			{"pattern": "/a/", "tag": "never", "type": "contains"},
			{"pattern": "/a/b", "tag": "same", "type": "equals"},
			{"pattern": "^/c[0-9]", "tag": "expr", "type": "regex"},
			{"pattern": "(", "tag": "broken", "type": "regex"},
		}},
	}
	f := checking(t, newBench(t, h), KindParser)
	f(`File("l.txt")`, `["a" " b "]`)
	f(`"a" in File("l.txt")`, `true`)
	f(`any(File("l.txt"), {# == " b "})`, `true`)
	f(`File("none.txt")`, `[]`)
	f(`RegexpInFile("zy", "r.txt")`, `true`)
	f(`RegexpInFile("yz", "r.txt")`, `false`)
	f(`RegexpInFile("zy", "none.txt")`, `false`)
	f(`len(FileMap("m.json"))`, `6`)
	f(`FileMap("m.json")[0].tag`, `"second"`)
	f(`FileMap("none")`, `[]`)
	f(`LookupFile("/a/b", "m.json")`, `"same"`)
	f(`LookupFile("x/a/y/b", "m.json")`, `"first"`)
	f(`LookupFile("/b/a", "m.json")`, `"second"`)
	f(`LookupFile("/c7", "m.json")`, `"expr"`)
	f(`LookupFile("", "m.json")`, `""`)
	f(`LookupFile("/a", "none")`, `""`)
}
