package parse

import (
	"time"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
)

// Doc is one node document of a parser file, decoded but not yet compiled.
type Doc struct {
	File *rule.File
	// Index counts the file's documents from 0.
	Index int

	node nodeDoc
	bad  bool // a key could not be read: the rest is looked at, for its faults, and set aside
	skip bool // it is none for us
}

// Name is the node's name, "" when it has none.
func (d *Doc) Name() string { return d.node.Name.Value }

// Data lists the data files that the document wants.
func (d *Doc) Data() []rule.Data { return d.node.Data }

type nodeDoc struct {
	Place diag.Place `yaml:"-,place"`

	Name        diag.Text   `yaml:"name"`
	Description diag.Text   `yaml:"description"`
	Author      diag.Text   `yaml:"author"`
	References  any         `yaml:"references"`
	Format      string      `yaml:"format"`
	Debug       bool        `yaml:"debug"`
	Profiling   bool        `yaml:"profiling"`
	Stage       string      `yaml:"stage"` // the folder decides
	Filter      diag.Text   `yaml:"filter"`
	OnSuccess   diag.Text   `yaml:"onsuccess"`
	Patterns    diag.Pairs  `yaml:"pattern_syntax"`
	Grok        *grokDoc    `yaml:"grok"`
	Nodes       []nodeDoc   `yaml:"nodes"`
	Statics     []staticDoc `yaml:"statics"`
	Stash       []stashDoc  `yaml:"stash"`
	Whitelist   *listDoc    `yaml:"whitelist"`
	Data        []rule.Data `yaml:"data"`
}

type grokDoc struct {
	Place diag.Place `yaml:"-,place"`

	Name       diag.Text   `yaml:"name"`
	Pattern    diag.Text   `yaml:"pattern"`
	ApplyOn    diag.Text   `yaml:"apply_on"`
	Expression diag.Text   `yaml:"expression"`
	Statics    []staticDoc `yaml:"statics"`
}

type staticDoc struct {
	Place diag.Place            `yaml:"-,place"`
	Keys  map[string]diag.Place `yaml:"-,places"`

	Method     diag.Text `yaml:"method"`
	Parsed     diag.Text `yaml:"parsed"`
	Meta       diag.Text `yaml:"meta"`
	Enriched   diag.Text `yaml:"enriched"`
	Target     diag.Text `yaml:"target"`
	Value      diag.Text `yaml:"value"`
	Expression diag.Text `yaml:"expression"`
}

type stashDoc struct {
	Place diag.Place `yaml:"-,place"`

	Name     diag.Text     `yaml:"name"`
	Key      diag.Text     `yaml:"key"`
	Value    diag.Text     `yaml:"value"`
	TTL      time.Duration `yaml:"ttl"`
	Size     int           `yaml:"size"`
	Strategy string        `yaml:"strategy"`
}

type listDoc struct {
	Place diag.Place `yaml:"-,place"`

	Reason      diag.Text   `yaml:"reason"`
	IP          []diag.Text `yaml:"ip"`
	CIDR        []diag.Text `yaml:"cidr"`
	Expressions []diag.Text `yaml:"expression"`
}

func (d *listDoc) len() int {
	if d == nil {
		return 0
	}
	return len(d.IP) + len(d.CIDR) + len(d.Expressions)
}

// Decode reads parser files, reporting every fault of their YAML. A document with one is compiled all the same, for its
// other faults, but Compile leaves it out.
func Decode(files []rule.File, mode diag.Mode, problems *diag.List) []*Doc {
	var out []*Doc
	for i := range files {
		f := &files[i]
		for _, yd := range diag.Documents(f.Path, f.Text, mode, problems) {
			d := &Doc{File: f, Index: yd.Index()}
			d.bad = !yd.Decode(&d.node)
			if n := &d.node; !d.bad && n.Name.IsZero() && n.Description.IsZero() && n.Author.IsZero() {
				problems.Warnf(yd.Place(), "give it a name", "this document has neither name, description nor author and is skipped")
				d.skip = true
			}
			if !rule.FormatKnown(d.node.Format) {
				problems.Warnf(yd.Place(), "formats from 1.0 to 3.0 are known", "this document is of format %s and is skipped", d.node.Format)
				d.skip = true
			}
			out = append(out, d)
		}
	}
	return out
}
