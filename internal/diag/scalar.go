package diag

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// scalarKind is what a scalar is by YAML 1.2, as far as we tell them apart: a date is text.
type scalarKind uint8

const (
	textScalar scalarKind = iota
	intScalar
	floatScalar
	boolScalar
	nullScalar
)

// kindOf returns the kind of a scalar from the tag the parser resolved. The tag "!" asks for text.
func kindOf(n *yaml.Node) scalarKind {
	switch n.Tag {
	case "!!int":
		return intScalar
	case "!!float":
		return floatScalar
	case "!!bool":
		return boolScalar
	case "!!null":
		return nullScalar
	}
	return textScalar
}

// bare reports whether a scalar stands without quotes, block indicator and tag.
func bare(n *yaml.Node) bool {
	const dressed = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle | yaml.TaggedStyle
	return n.Kind == yaml.ScalarNode && n.Style&dressed == 0 && n.Tag != "!"
}

// boolOf reads a scalar as a boolean of YAML 1.1 or 1.2. Text in quotes is none.
func boolOf(n *yaml.Node) (value, ok bool) {
	if n.Kind != yaml.ScalarNode || !bare(n) && kindOf(n) != boolScalar {
		return false, false
	}
	return truth(n.Value)
}

// kindName names a node in a message.
func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
	}
	if kindOf(n) == nullScalar {
		return "nothing"
	}
	return code(n.Value)
}

// spelled quotes a scalar in a message, with quotes of its own where it has some.
func spelled(n *yaml.Node) string {
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		return code(`"` + n.Value + `"`)
	}
	return code(n.Value)
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && kindOf(n) == nullScalar }

func isNullWord(s string) bool {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// truth reads a boolean of YAML 1.1 (yaml.org/type/bool.html), of which YAML 1.2 kept two words.
func truth(s string) (value, ok bool) {
	switch s {
	case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y":
		return true, true
	case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N":
		return false, true
	}
	return false, false
}

// wholeNumber is an int64, or a uint64 above its range.
type wholeNumber struct {
	i   int64
	u   uint64
	big bool // only u holds it
}

// parseInt reads the integers of YAML: digits, a sign, 0x 0o 0b and the 0 of YAML 1.1 for octals, _ between digits.
func parseInt(s string) (wholeNumber, bool) {
	s = strings.ReplaceAll(s, "_", "")
	if i, err := strconv.ParseInt(s, 0, 64); err == nil {
		return wholeNumber{i: i, u: uint64(i)}, true //nolint:gosec // u counts only for i >= 0
	}
	u, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), 0, 64)
	return wholeNumber{u: u, big: true}, err == nil
}

// parseFloat reads the numbers of YAML, integers among them.
func parseFloat(s string) (float64, bool) {
	switch strings.ToLower(strings.TrimLeft(s, "+-")) {
	case ".inf":
		if strings.HasPrefix(s, "-") {
			return math.Inf(-1), true
		}
		return math.Inf(1), true
	case ".nan":
		return math.NaN(), true
	}
	if n, ok := parseInt(s); ok {
		if n.big {
			return float64(n.u), true
		}
		return float64(n.i), true
	}
	if strings.ContainsAny(s, "iInNpPxX") { // words and hexadecimal floats of Go
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	return f, err == nil
}

// anyScalar returns a scalar as string, int, float64, bool or nil.
func anyScalar(n *yaml.Node) any {
	switch kindOf(n) {
	case intScalar:
		if v, ok := parseInt(n.Value); ok && !v.big {
			return int(v.i)
		}
		f, _ := parseFloat(n.Value)
		return f
	case floatScalar:
		f, _ := parseFloat(n.Value)
		return f
	case boolScalar:
		v, _ := truth(n.Value)
		return v
	case nullScalar:
		return nil
	case textScalar:
	}
	return n.Value
}

// anyValue returns a node as map[string]any, []any or a scalar.
func anyValue(n *yaml.Node) any {
	n = follow(n)
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for _, e := range entries(n) {
			m[e.key.Value] = anyValue(e.value)
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			list[i] = anyValue(c)
		}
		return list
	default:
		return anyScalar(n)
	}
}
