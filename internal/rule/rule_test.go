package rule_test

import (
	"testing"

	"tocsin.example/internal/rule"
)

func TestParseType(t *testing.T) {
	f := func(in string, want rule.Type, ok bool) {
		t.Helper()
		got, is := rule.ParseType(in)
		if got != want || is != ok {
			t.Errorf("ParseType(%q) = %q, %t, want %q, %t", in, got, is, want, ok)
		}
	}
	f("parsers", rule.Parser, true)
	f("parser", rule.Parser, true)
	f("appsec-rule", rule.AppsecRule, true)
	f("collection", rule.Collection, true)
	f("Parsers", "", false)
	f("", "", false)
	f("parserss", "", false)
}

func TestParseDataType(t *testing.T) {
	f := func(in string, want rule.DataType, ok bool) {
		t.Helper()
		got, is := rule.ParseDataType(in)
		if got != want || is != ok {
			t.Errorf("ParseDataType(%q) = %q, %t, want %q, %t", in, got, is, want, ok)
		}
	}
	f("", rule.DataFile, true)
	f("regex", rule.DataRegexp, true)
	f("regexp", rule.DataRegexp, true)
	f("bots", rule.DataBots, true)
	f("list", "", false)
}

func TestNewTakesTheDigest(t *testing.T) {
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if got := rule.New(rule.Parser, "a/b", "a/b.yaml", nil).Hash(); got != empty {
		t.Errorf("hash of nothing = %s, want %s", got, empty)
	}
}
