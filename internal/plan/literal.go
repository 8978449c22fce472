package plan

import "strings"

// A literal is looked for by the byte of it that is rarest in logs: by its first one, ` HTTP/` stops at every space.
type literal struct {
	text string
	at   int  // where the rare byte is
	rare byte // 0 in the zero value
}

func newLiteral(text string) literal {
	l := literal{text: text}
	best := 256
	for i := range len(text) {
		if n := common(text[i]); n < best {
			l.at, l.rare, best = i, text[i], n
		}
	}
	return l
}

// common ranks bytes by how often they are in logs, roughly.
func common(c byte) int {
	switch {
	case c == ' ':
		return 9
	case strings.IndexByte("etaoinsr", c) >= 0:
		return 8
	case '0' <= c && c <= '9', strings.IndexByte("lcdpumh", c) >= 0:
		return 7
	case strings.IndexByte(".:/-\"=", c) >= 0:
		return 6
	case 'a' <= c && c <= 'z', strings.IndexByte(",_[]()", c) >= 0:
		return 5
	case 'A' <= c && c <= 'Z':
		return 3
	default:
		return 1
	}
}

// index is where the literal is in text, from on, or -1.
//
// hot:
func (l *literal) index(text string, from int) int {
	if len(l.text) == 1 {
		n := strings.IndexByte(text[from:], l.rare)
		if n < 0 {
			return -1
		}
		return from + n
	}
	last := len(text) - len(l.text)
	for i := from; i <= last; i++ {
		n := strings.IndexByte(text[i+l.at:], l.rare)
		if n < 0 {
			return -1
		}
		if i += n; i > last {
			return -1
		}
		if text[i:i+len(l.text)] == l.text {
			return i
		}
	}
	return -1
}
