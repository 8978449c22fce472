package diag

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Mode says how strict the reading is where the file is valid YAML of the right types.
type Mode uint8

const (
	// Own is for files of our own format: a key that nobody knows is an error.
	Own Mode = iota
	// Foreign is for content written for another program: a key that nobody knows is a warning.
	Foreign
)

// Limits of what is read. Real rule files have some kilobytes and some dozen nodes.
const (
	MaxBytes     = 8 << 20 // of a file
	MaxDocuments = 10_000  // in a file
	MaxNodes     = 100_000 // in a document, with aliases counted as often as they are used
	MaxDepth     = 64      // lists and mappings inside one another

	// maxMarks is how many characters that may begin a node a document holds before it is refused unparsed: a node
	// takes about 250 bytes of memory, and MaxNodes is known only after parsing. Most such characters are plain
	// punctuation, hence the distance.
	maxMarks = 4 * MaxNodes
)

// Doc is one document of a file, checked as to its structure. Its methods are for one goroutine at a time, as it
// reports to the list given to [Documents].
type Doc struct {
	src   *source
	first int // line of the file on which the parsed text begins, from 0
	index int
	mode  Mode
	list  *List
	root  *yaml.Node
	sound bool // no error was found in its structure
}

// Documents parses YAML text of one or several documents and reports every fault to l; file is the name that places
// bear. Empty documents are left out. One that cannot be parsed is left out too, the others are returned all the same.
// A document with a lesser fault, as a key that stands twice, is returned, but its [Doc.Decode] is false.
func Documents(file string, text []byte, mode Mode, l *List) []*Doc {
	if len(text) > MaxBytes {
		l.Errorf(Place{File: file}, "split it", "the file has more than %d MiB", MaxBytes>>20)
		return nil
	}
	src := newSource(file, strings.TrimPrefix(string(text), "\ufeff"))
	l.read(src)
	if at := invalid(src.text); at >= 0 {
		l.Errorf(src.place(at), "save the file as UTF-8", "this is not valid UTF-8 text")
		return nil
	}
	var docs []*Doc
	for i, c := range split(src, l) {
		if i == MaxDocuments {
			l.Errorf(Place{File: file, Line: c.first + 1}, "split the file", "more than %d documents in one file", MaxDocuments)
			break
		}
		d := &Doc{src: src, first: c.first, index: i, mode: mode, list: l}
		if d.parse(c.text) {
			docs = append(docs, d)
		}
	}
	return docs
}

// invalid returns the offset of the first byte that is not UTF-8, -1 when there is none.
func invalid(text string) int {
	if utf8.ValidString(text) {
		return -1
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// chunk is the text of one document with its "---" line.
type chunk struct {
	text  string
	first int // line on which it begins, from 0
}

// split cuts a file into the documents that are not empty. The markers "---" and "..." at the beginning of a line are
// markers wherever they stand, also inside quotes and block scalars, so that lines are all one has to look at. That a
// broken document does not take the following ones with it is worth doing this before parsing.
func split(src *source, l *List) []chunk {
	var chunks []chunk
	start, full, head := 0, false, true // head: no document has begun, directives are allowed
	end := func(line, next int) {
		if full {
			chunks = append(chunks, chunk{text: src.text[src.lines[start]:next], first: start})
		}
		start, full = line, false
	}
	for n := range src.lines {
		line := src.line(n + 1)
		rest := strings.TrimLeft(line, " \t")
		switch {
		case marker(line, "---"):
			end(n, src.lines[n])
			head, rest = false, strings.TrimLeft(line[3:], " \t")
		case marker(line, "..."):
			if after := strings.TrimLeft(line[3:], " \t"); after != "" && after[0] != '#' {
				l.Errorf(Place{File: src.file, Line: n + 1, Col: 4}, "begin it on the next line",
					"there is text behind the `...` that ends a document")
			}
			end(n+1, src.lines[n])
			head, rest = true, ""
		case head && !full && strings.HasPrefix(line, "%"):
			directive(src, n, line, l)
			start, rest = n+1, ""
		}
		if rest != "" && rest[0] != '#' {
			full = true
		}
	}
	end(len(src.lines), len(src.text))
	return chunks
}

func marker(line, mark string) bool {
	return strings.HasPrefix(line, mark) && (len(line) == 3 || line[3] == ' ' || line[3] == '\t')
}

// directive checks a %-line in front of a document. The parser does not get to see it.
func directive(src *source, n int, line string, l *List) {
	f := strings.Fields(line)
	if f[0] == "%YAML" && len(f) >= 2 && (f[1] == "1.1" || f[1] == "1.2") {
		return
	}
	l.Errorf(Place{File: src.file, Line: n + 1, Col: 1}, "remove the line", "the directive %s is not supported", code(line))
}

// parse builds and checks the tree; false means that there is none, or none that is safe to walk.
func (d *Doc) parse(text string) bool {
	if i := control(text); i >= 0 {
		d.list.Errorf(d.src.place(d.src.lines[d.first]+i), "remove it, or write it as an escape in double quotes",
			"the control character U+%04X is not allowed here", text[i])
		return false
	}
	if marks(text) > maxMarks {
		d.list.Errorf(Place{File: d.src.file, Line: d.first + 1}, "split the document", "the document is too large to be checked")
		return false
	}
	root, err := load(text)
	if err != nil {
		d.syntax(err)
		return false
	}
	if root == nil {
		return false
	}
	d.root = root
	before := d.list.Errors()
	safe := d.check()
	d.sound = d.list.Errors() == before
	return safe
}

// control returns the offset of the first character that YAML does not allow, -1 when there is none.
func control(text string) int {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return i
		}
	}
	return -1
}

// marks counts the characters that begin a list entry, a value or a collection, or look like it. No document has more
// than twice as many nodes.
func marks(text string) int {
	n := 0
	for i := range len(text) {
		switch text[i] {
		case ',', '[', '{', '?':
			n++
		case '-', ':':
			if i+1 == len(text) || text[i+1] <= ' ' || text[i+1] == ',' || text[i+1] == ']' || text[i+1] == '}' || text[i] == ':' {
				n++
			}
		}
	}
	return n
}

// limits stops the parser before its recursion gets deep.
type limits struct{}

var errDeep = errors.New("nested too deeply")

func (limits) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > MaxDepth {
		return errDeep
	}
	return nil
}

// CheckAlias allows all: aliases are counted in check, before anybody follows them.
func (limits) CheckAlias(_, _ int) error { return nil }

// load parses one document to its root node; nil without error when it holds nothing.
func load(text string) (root *yaml.Node, err error) {
	// The parser is a third party's and the text a stranger's; a panic of the one over the other must not end us.
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, errors.New("the YAML parser gave up on it")
		}
	}()
	loader, err := yaml.NewLoader(bytes.NewReader([]byte(text)), yaml.WithPlugin(limits{}))
	if err != nil {
		return nil, err
	}
	var doc, more yaml.Node
	if err := loader.Load(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, err
	}
	if err := loader.Load(&more); !errors.Is(err, io.EOF) {
		if err == nil {
			err = &yaml.LoadError{Message: "a second document begins here", Mark: yaml.Mark{Line: more.Line, Column: more.Column}}
		}
		return nil, err
	}
	if len(doc.Content) != 1 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// Index is the document's number in its file, from 0, empty documents not counted.
func (d *Doc) Index() int { return d.index }

// Place is where the document's content begins.
func (d *Doc) Place() Place { return d.at(d.root) }

// Keys returns the keys of the document in their order, those of merged mappings last. It is nil when the document is
// not a mapping.
func (d *Doc) Keys() []string {
	var keys []string
	for _, e := range entries(d.root) {
		keys = append(keys, e.key.Value)
	}
	return keys
}

// Has reports whether the document is a mapping with this key.
func (d *Doc) Has(key string) bool { return find(d.root, key) != nil }

// at is the place of a node.
func (d *Doc) at(n *yaml.Node) Place {
	return Place{File: d.src.file, Line: n.Line + d.first, Col: n.Column}
}

func (d *Doc) errorf(n *yaml.Node, hint, format string, args ...any) {
	d.list.Errorf(d.at(n), hint, format, args...)
}

func lineOf(p Place) string { return "line " + strconv.Itoa(p.Line) }
