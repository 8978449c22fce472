package diag

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// trace reads a scalar once more, from its offset in the file, and returns for each byte of its value, and for the end,
// the offset in the file it comes from. It is told what the parser made of the scalar and says false when it does not
// come to the same value; then there are no places to be had.
//
// The rules are those of YAML 1.2, chapters 7.3 and 8.1, with the line breaks of YAML 1.1.
func trace(text string, start int, how style, anchor, value string) ([]int, bool) {
	t := &tracer{text: text, pos: start, want: value}
	t.properties(anchor)
	switch how {
	case styleSingle, styleDouble:
		t.pos++
		t.flow(how)
	case styleLiteral, styleFolded:
		return t.block(how == styleFolded)
	default:
		if value == "" { // null, written or not
			return []int{t.pos}, true
		}
		t.flow(stylePlain)
	}
	return t.result()
}

// tracer builds a value again, with the origin of each byte.
type tracer struct {
	text string
	pos  int // the next byte to read
	want string

	value []byte
	spots []int
}

func (t *tracer) result() ([]int, bool) {
	return append(t.spots, t.pos), string(t.value) == t.want
}

// put appends bytes that come from one offset, each from its own when they stand there as they are.
func (t *tracer) put(s string, from int) {
	step := 0
	if strings.HasPrefix(t.text[from:], s) {
		step = 1
	}
	for i := range len(s) {
		t.value = append(t.value, s[i])
		t.spots = append(t.spots, from+i*step)
	}
}

// take copies n bytes of the text.
func (t *tracer) take(n int) {
	for range n {
		t.value = append(t.value, t.text[t.pos])
		t.spots = append(t.spots, t.pos)
		t.pos++
	}
}

func (t *tracer) blank() bool {
	return t.pos < len(t.text) && (t.text[t.pos] == ' ' || t.text[t.pos] == '\t')
}

// properties skips anchor and tag and the space, comments and lines behind them. Where an anchor ends, only the parser
// knows: its name may hold colons.
func (t *tracer) properties(anchor string) {
	for t.pos < len(t.text) && (t.text[t.pos] == '&' || t.text[t.pos] == '!') {
		if name := "&" + anchor; anchor != "" && strings.HasPrefix(t.text[t.pos:], name) {
			t.pos += len(name)
			t.space()
			continue
		}
		for t.pos < len(t.text) && !t.blank() && breakLen(t.text, t.pos) == 0 {
			t.pos++
		}
		t.space()
	}
}

// space skips blanks, line breaks and comments.
func (t *tracer) space() {
	for t.pos < len(t.text) {
		n := breakLen(t.text, t.pos)
		switch {
		case n > 0:
			t.pos += n
		case t.blank():
			t.pos++
		case t.text[t.pos] == '#':
			for t.pos < len(t.text) && breakLen(t.text, t.pos) == 0 {
				t.pos++
			}
		default:
			return
		}
	}
}

// lineBreak is a line break as a value has it, and where it stands.
type lineBreak struct {
	text string
	from int
}

// readBreak reads the line break at pos, if there is one.
func (t *tracer) readBreak() (lineBreak, bool) {
	n := breakLen(t.text, t.pos)
	if n == 0 {
		return lineBreak{}, false
	}
	b := lineBreak{"\n", t.pos}
	if n == 3 { // the two Unicode separators stay what they are
		b.text = t.text[t.pos : t.pos+3]
	}
	t.pos += n
	return b, true
}

func (t *tracer) putAll(breaks []lineBreak) {
	for _, b := range breaks {
		t.put(b.text, b.from)
	}
}

// flow reads a plain or quoted scalar. The end of a plain one follows from the wanted value.
func (t *tracer) flow(how style) {
	for t.pos < len(t.text) {
		escaped := false
		switch c := t.text[t.pos]; {
		case how == stylePlain && len(t.value) >= len(t.want):
			return
		case how == styleSingle && strings.HasPrefix(t.text[t.pos:], "''"):
			t.put("'", t.pos)
			t.pos += 2
			continue
		case how == styleSingle && c == '\'', how == styleDouble && c == '"':
			return
		case how == styleDouble && c == '\\' && breakLen(t.text, t.pos+1) > 0:
			t.pos++
			t.readBreak()
			escaped = true
		case how == styleDouble && c == '\\':
			if !t.escape() {
				return
			}
			continue
		case !t.blank() && breakLen(t.text, t.pos) == 0:
			t.take(1)
			continue
		}
		t.fold(escaped)
	}
}

// fold reads the blanks and line breaks between two words: blanks within a line stay, one break becomes a space, of
// several the first is dropped, blanks around breaks are dropped. After an escaped break nothing stands for it.
func (t *tracer) fold(escaped bool) {
	blanks := t.pos
	var breaks []lineBreak
	for t.pos < len(t.text) {
		if b, ok := t.readBreak(); ok {
			breaks = append(breaks, b)
		} else if t.blank() {
			t.pos++
		} else {
			break
		}
	}
	switch {
	case escaped:
		t.putAll(breaks)
	case len(breaks) == 0:
		end := t.pos
		t.pos = blanks
		t.take(end - blanks)
	case breaks[0].text != "\n":
		t.putAll(breaks)
	case len(breaks) == 1:
		t.put(" ", breaks[0].from)
	default:
		t.putAll(breaks[1:])
	}
}

// escape reads one escape of a double-quoted scalar; false when it is none.
func (t *tracer) escape() bool {
	from := t.pos
	if from+1 >= len(t.text) {
		return false
	}
	c := t.text[from+1]
	t.pos += 2
	var digits int
	switch c {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		const names, values = "0abt\tnvfre \"/\\N_LP", "\x00\a\b\t\t\n\v\f\r\x1b \"/\\\u0085\u00a0\u2028\u2029"
		i := strings.IndexByte(names, c)
		if i < 0 {
			return false
		}
		t.put(string([]rune(values)[i]), from)
		return true
	}
	if t.pos+digits > len(t.text) {
		return false
	}
	n, err := strconv.ParseUint(t.text[t.pos:t.pos+digits], 16, 32)
	if err != nil || n > utf8.MaxRune {
		return false
	}
	t.put(string(rune(n)), from)
	t.pos += digits
	return true
}

// block reads a literal or folded block scalar.
func (t *tracer) block(folded bool) ([]int, bool) {
	chomp, digit := byte(0), 0
	t.pos++ // | or >
	for ; t.pos < len(t.text); t.pos++ {
		if c := t.text[t.pos]; c == '+' || c == '-' {
			chomp = c
		} else if c >= '1' && c <= '9' {
			digit = int(c - '0')
		} else {
			break
		}
	}
	for t.pos < len(t.text) && breakLen(t.text, t.pos) == 0 {
		t.pos++ // a comment
	}
	t.readBreak()
	body := t.pos
	most := t.firstIndent()
	least := most
	if digit > 0 {
		// The digit counts from the indentation of the parent, which a scalar does not know. More spaces than that are
		// content, so that one value only fits the wanted one.
		least = min(digit, most)
	}
	// One more than the first text has: a block of empty lines, and the text is that of the next key.
	for indent := most + 1; indent >= least; indent-- {
		t.pos, t.value, t.spots = body, t.value[:0], t.spots[:0]
		t.lines(indent, folded, chomp)
		if spots, ok := t.result(); ok {
			return spots, true
		}
	}
	if t.want == "" {
		return []int{body}, true
	}
	return nil, false
}

// firstIndent returns the number of spaces before the first text of a block, or in its longest line if there is none.
func (t *tracer) firstIndent() int {
	longest, spaces := 0, 0
	for i := t.pos; i < len(t.text); {
		n := breakLen(t.text, i)
		switch {
		case t.text[i] == ' ':
			spaces++
			i++
		case n > 0:
			longest, spaces = max(longest, spaces), 0
			i += n
		default:
			return spaces
		}
	}
	return max(longest, spaces)
}

// lines reads the lines of a block whose indentation is known.
func (t *tracer) lines(indent int, folded bool, chomp byte) {
	var last lineBreak          // that of the last line with text
	var pending []lineBreak     // those of the empty lines after it
	begun, more := false, false // whether there was a line with text, and whether the last one was indented more
	for t.pos < len(t.text) {
		spaces := 0
		for spaces < indent && t.pos < len(t.text) && t.text[t.pos] == ' ' {
			spaces++
			t.pos++
		}
		if b, ok := t.readBreak(); ok {
			pending = append(pending, b)
			continue
		}
		if t.pos == len(t.text) && spaces > 0 { // the parser takes spaces at the end of the file for a line
			pending = append(pending, lineBreak{"\n", t.pos})
		}
		if spaces < indent || t.pos == len(t.text) {
			break // the line belongs to what comes after the block
		}
		wasMore := more
		more = t.blank()
		switch {
		case !begun:
			t.putAll(pending)
		case !folded || more || wasMore || last.text != "\n":
			t.put(last.text, last.from)
			t.putAll(pending)
		case len(pending) == 0:
			t.put(" ", last.from)
		default:
			t.putAll(pending)
		}
		begun, pending = true, pending[:0]
		end := t.pos
		for end < len(t.text) && breakLen(t.text, end) == 0 {
			end++
		}
		line := t.text[t.pos:end]
		t.take(end - t.pos)
		var ended bool
		if last, ended = t.readBreak(); !ended && strings.Trim(line, " \t") == "" {
			last = lineBreak{"\n", t.pos}
		}
	}
	if chomp != '-' {
		t.put(last.text, last.from)
	}
	if chomp == '+' {
		t.putAll(pending)
	}
	// The end of the value is the end of its last line, not a line that has nothing to do with it.
	if n := len(t.spots); n > 0 {
		t.pos = t.spots[n-1]
		if t.pos < len(t.text) && breakLen(t.text, t.pos) == 0 {
			t.pos++
		}
	}
}
