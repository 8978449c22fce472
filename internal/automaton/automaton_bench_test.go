package automaton_test

import (
	"regexp"
	"strings"
	"testing"

	"tocsin.example/internal/automaton"
)

// benchLines are log lines without the characters in which the benches' expressions end.
func benchLines(b *testing.B) (all []string, bytes int) {
	b.Helper()
	for i, line := range corpusLines(b) {
		if i%3 == 0 && len(all) < 1000 && !strings.Contains(line, "\x01") {
			all = append(all, line)
			bytes += len(line)
		}
	}
	return all, bytes
}

// match is the bench of a function over all lines.
func match(b *testing.B, f func(line string)) {
	b.Helper()
	lines, bytes := benchLines(b)
	for _, line := range lines {
		f(line)
	}
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		for _, line := range lines {
			f(line)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(bytes), "ns/byte")
}

func BenchmarkMatch(b *testing.B) {
	const expression = `(?i)\bfrom [0-9a-f.:]+ port \d+ \x01`
	b.Run("one", func(b *testing.B) {
		d := compile(b, expression)
		match(b, func(line string) { d.Match(line) })
	})
	b.Run("one/regexp", func(b *testing.B) {
		re := regexp.MustCompile(expression)
		match(b, func(line string) { re.MatchString(line) })
	})
	b.Run("agents", func(b *testing.B) {
		d := compile(b, corpusExpressions(b)...)
		match(b, func(line string) { d.Match(line) })
	})
}

// BenchmarkCompile is to read the hub's expressions, and then the lines, with every state to be made.
func BenchmarkCompile(b *testing.B) {
	expressions := corpusExpressions(b)
	lines, bytes := benchLines(b)
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			compile(b, expressions...)
		}
	})
	b.Run("compile and first pass", func(b *testing.B) {
		for b.Loop() {
			d := compile(b, expressions...)
			for _, line := range lines {
				d.Match(line)
			}
		}
		b.ReportMetric(float64(bytes), "bytes")
	})
}

func BenchmarkLiterals(b *testing.B) {
	all := corpusLiterals(b)
	var some []string
	for i := 0; i < len(all); i += len(all)/278 + 1 {
		some = append(some, all[i]+"\x01")
	}
	b.Run("some", func(b *testing.B) {
		l := automaton.NewLiterals(some)
		b.ReportMetric(float64(l.Bytes()), "bytes")
		match(b, func(line string) { l.Any(line) })
	})
	b.Run("some/contains", func(b *testing.B) {
		match(b, func(line string) {
			for _, s := range some {
				strings.Contains(line, s)
			}
		})
	})
	b.Run("each", func(b *testing.B) {
		l := automaton.NewLiterals(all)
		match(b, func(line string) { l.Each(line, func(int) {}) })
	})
	b.Run("each/sparse", func(b *testing.B) {
		l := automaton.Sparse(all)
		match(b, func(line string) { l.Each(line, func(int) {}) })
	})
}
