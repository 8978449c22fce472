package cond

import (
	"errors"
	"maps"
	"strings"
)

func pairHelpers() []*helper {
	return []*helper{
		fn3("ParseKV", func(r *Run, text string, into map[string]any, key string) (any, error) {
			return storePairs(r, text, into, key, pairs)
		}).does(WritesUnmarshaled),
		fn3("ParseKVLax", func(r *Run, text string, into map[string]any, key string) (any, error) {
			return storePairs(r, text, into, key, laxPairs)
		}).does(WritesUnmarshaled),
	}
}

// usualPairs is for how many pairs a map is made at once.
const usualPairs = 64

// storePairs adds pairs to the map of strings under a key. It makes a new map: the old one may be shared with another
// rule's view of the event. It returns nil.
func storePairs(
	r *Run, text string, into map[string]any, key string, read func(text string, found func(k, v string)),
) (any, error) {
	if into == nil {
		return nil, errors.New("there is no map to write to")
	}
	if err := r.charge(4 * len(text)); err != nil {
		return nil, err
	}
	m := make(map[string]string, min(strings.Count(text, "="), usualPairs))
	read(strings.Clone(text), func(k, v string) { m[k] = v }) // the pairs may outlive the line
	if len(m) == 0 {
		return nil, errors.New("the text has no key=value pair")
	}
	if old, ok := into[key]; ok {
		before, ok := old.(map[string]string)
		if !ok {
			return nil, errors.New("the target holds something else already")
		}
		all := maps.Clone(before)
		maps.Copy(all, m)
		m = all
	}
	into[key] = m
	return nil, nil //nolint:nilnil // rules compare with nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// pairs reads key=value, key="quoted \" value" and key=. Escapes stay as they are, a value ends at a space or another
// equals sign, and what is between pairs is passed over.
func pairs(text string, found func(k, v string)) {
	for i := 0; i < len(text); {
		if text[i] == '=' || isSpace(text[i]) {
			i++
			continue
		}
		start := i
		for i < len(text) && text[i] != '=' && !isSpace(text[i]) {
			i++
		}
		if i >= len(text) || text[i] != '=' {
			continue
		}
		key := text[start:i]
		i++
		if i < len(text) && text[i] == '"' {
			if end := stringEnd(text, i+1); end > 0 {
				found(key, text[i+1:end-1])
				i = end
				continue
			}
		}
		start = i
		for i < len(text) && text[i] != '=' && !isSpace(text[i]) {
			i++
		}
		found(key, text[start:i])
	}
}

// laxPairs reads pairs whose values may hold spaces: a value goes on until the next key. A key is a word of letters,
// digits, "_", "." and "-" right before an equals sign outside of quotes.
func laxPairs(text string, found func(k, v string)) {
	key, from := "", -1
	quoted, word := false, -1
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\':
			if i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\') {
				i++ // an escaped quote does not end a value
			}
			word = -1
		case c == '"':
			quoted, word = !quoted, -1
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
			if word < 0 {
				word = i
			}
		case c >= '0' && c <= '9' || c == '.' || c == '-':
		case c == '=' && word >= 0 && !quoted:
			if from >= 0 {
				found(key, laxValue(text[from:word]))
			}
			key, from, word = text[word:i], i+1, -1
		default:
			word = -1
		}
	}
	if from >= 0 {
		found(key, laxValue(text[from:]))
	}
}

func laxValue(s string) string {
	s = strings.TrimSpace(s)
	rest, ok := strings.CutPrefix(s, `"`)
	if !ok {
		return s
	}
	if body, ok := strings.CutSuffix(rest, `"`); ok {
		return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(body)
	}
	return rest
}
