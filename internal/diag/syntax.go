package diag

import (
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// syntaxFault is what we say in place of a message of the parser.
type syntaxFault struct {
	parser     string // text that the parser's message contains
	context    string // text that its context contains
	atContext  bool   // the beginning of the construct is the better place
	what, hint string
}

// syntaxFaults is searched in order.
func syntaxFaults() []syntaxFault {
	const indent = "check the indentation of this line and the one before"
	return []syntaxFault{
		{"found unexpected end of stream", "quoted scalar", true, "this quote is never closed", "add the closing quote"},
		{"found unexpected document indicator", "quoted scalar", true, "this quote is never closed", "add the closing quote"},
		{"hexadecimal number", "", false, "this escape wants hexadecimal digits: two after \\x, four after \\u, eight after \\U", "in single quotes a backslash is a plain character"},
		{"invalid Unicode character escape", "", false, "this escape is no Unicode character", "write the character itself"},
		{"mapping values are not allowed", "", false, "a colon makes this a key, but no key can stand here", "put a value that holds a colon in quotes; else " + indent},
		{"block sequence entries are not allowed", "", false, "a list entry cannot begin here", "begin the list on the line below its key"},
		{"mapping keys are not allowed", "", false, "a key cannot begin here with `?`", "put the value in quotes; else " + indent},
		{"could not find expected ':'", "", true, "this is neither a key with a colon nor part of the value above", "add the colon, or indent the line so that it belongs to the value"},
		{"did not find expected key", "", false, "a key was expected here", indent + "; a value that begins with a quote or a bracket must be quoted as a whole"},
		{"did not find expected '-' indicator", "", false, "a list entry was expected here", "begin the line with `- `, or " + indent},
		{"did not find expected ',' or ']'", "", true, "this list is not closed, or a comma is missing in it", "add the `]` or the comma; put entries that hold commas or brackets in quotes"},
		{"did not find expected ',' or '}'", "", true, "this mapping is not closed, or a comma is missing in it", "add the `}` or the comma; put a value that begins with a brace in quotes"},
		{"did not find expected node content", "", false, "a value was expected here", "put a value that begins with a comma or a bracket in quotes"},
		{"indentation indicator equal to 0", "", false, "the indentation after | or > cannot be 0", "write 1 to 9, or leave it out"},
		{"did not find expected comment or line break", "block scalar", false, "the text after | or > must begin on the next line", "move it there, indented"},
		{"found a tab character", "", false, "a tab cannot indent", "use spaces"},
		{"mixed spaces and tabs", "", false, "a tab cannot indent", "use spaces"},
		{"without preceding whitespace", "", false, "a comment wants a space before the #", "add it, or put the value in quotes"},
		{"alphabetic or numeric character", "an anchor", true, "& begins an anchor, and this is no name for one", "put the value in quotes"},
		{"alphabetic or numeric character", "an alias", true, "* begins an alias, and this is no name for one", "put the value in quotes"},
		{"", "scanning a tag", true, "! begins a tag, and this is none", "put the value in quotes"},
		{"", "parsing a tag", true, "! begins a tag, and this is none", "put the value in quotes"},
		{"undefined tag handle", "", false, "! begins a tag, and this is none that is known", "put the value in quotes"},
		{"before directive", "", false, "a line that begins with % is a directive, and none can stand here", "remove the line, or indent it"},
		{"", "directive", true, "a line that begins with % is a directive, and this is none that is known", "put the value in quotes, or indent it"},
		{"<document start>", "", false, "the document ended before this", indent},
		{"second document begins", "", false, "the document ended before this", indent},
	}
}

// syntax reports what the parser found.
func (d *Doc) syntax(err error) {
	e, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		d.list.Errorf(Place{File: d.src.file, Line: d.first + 1}, "", "this is not valid YAML: %s", clip(err.Error()))
		return
	}
	mark := func(m yaml.Mark) Place {
		if m.Line == 0 {
			return Place{File: d.src.file, Line: d.first + 1}
		}
		return d.onLine(Place{File: d.src.file, Line: m.Line + d.first, Col: m.Column})
	}
	at := mark(e.Mark)
	switch {
	case strings.Contains(e.Message, errDeep.Error()):
		d.list.Errorf(at, "flatten it", "lists and mappings are nested more than %d deep", MaxDepth)
	case strings.Contains(e.Message, "cannot start any token"):
		d.firstCharacter(at)
	case strings.Contains(e.Message, "unknown escape character"):
		d.list.Errorf(at, "double the backslash, or use single quotes, in which it is a plain character",
			"double quotes do not know the escape %s", code(d.piece(at, 2)))
	case strings.Contains(e.Message, "unknown anchor"):
		d.list.Errorf(at, "put the value in quotes if the * belongs to it", "no anchor of this name comes before this alias")
	default:
		for _, f := range syntaxFaults() {
			if !strings.Contains(e.Message, f.parser) || !strings.Contains(e.ContextMsg, f.context) {
				continue
			}
			if f.atContext && e.ContextMark.Line > 0 {
				at = mark(e.ContextMark)
			}
			d.list.Errorf(at, f.hint, "%s", f.what)
			return
		}
		d.list.Errorf(at, "", "this is not valid YAML: %s", clip(e.Message))
	}
}

// firstCharacter reports a value that begins with a character that YAML keeps for itself.
func (d *Doc) firstCharacter(at Place) {
	c := d.piece(at, 1)
	if c == "\t" {
		d.list.Errorf(at, "use spaces", "a tab cannot indent")
		return
	}
	d.list.Errorf(at, "put the value in quotes", "a value cannot begin with %s", code(c))
}

// piece returns up to n characters of the source at a place.
func (d *Doc) piece(at Place, n int) string {
	rest := d.src.text[d.src.offset(at.Line, at.Col):]
	end := 0
	for range n {
		_, w := utf8.DecodeRuneInString(rest[end:])
		end += w
	}
	return rest[:end]
}

// onLine moves a place that points behind the end of the document, as for what is never closed, to the end of its last
// line with text.
func (d *Doc) onLine(p Place) Place {
	for p.Line > d.first+1 && strings.TrimSpace(d.src.line(p.Line)) == "" {
		p.Line--
		p.Col = utf8.RuneCountInString(strings.TrimRight(d.src.line(p.Line), " \t")) + 1
	}
	return p
}
