package cond

import "github.com/beevik/etree"

// maxXML is the longest document that is read, in bytes. The limit of a Windows event is 64 KiB.
const maxXML = 256 << 10

// xmlDoc is a document of this event; root is nil when it could not be read.
type xmlDoc struct{ root *etree.Document }

// xmlPath is a path that a rule names.
type xmlPath struct {
	path etree.Path
	ok   bool
}

func xmlHelpers() []*helper {
	return []*helper{
		fn2("XMLGetNodeValue", func(r *Run, doc, path string) (string, error) {
			e, err := r.element(doc, path)
			if e == nil {
				return "", err
			}
			return e.Text(), nil
		}),
		fn3("XMLGetAttributeValue", func(r *Run, doc, path, name string) (string, error) {
			e, err := r.element(doc, path)
			if e == nil {
				return "", err
			}
			return e.SelectAttrValue(name, ""), nil
		}),
	}
}

// element returns the first element on a path; nil without error when document, path or element is not there.
func (r *Run) element(doc, path string) (*etree.Element, error) {
	p, ok := r.paths.get(path)
	if !ok {
		compiled, err := etree.CompilePath(path)
		p = &xmlPath{path: compiled, ok: err == nil}
		r.paths.put(path, p)
	}
	if !p.ok || len(doc) > maxXML || doc == "" {
		return nil, nil
	}
	// A rule asks the same text for one element after another: equal texts at one place need no hash of the whole.
	if r.xmlDoc != nil && doc == r.xmlText {
		return r.xmlDoc.find(p), nil
	}
	d, ok := r.xml.get(doc)
	if !ok {
		// Reading takes about 30 times as long per byte as copying.
		if err := r.charge(32 * len(doc)); err != nil {
			return nil, err
		}
		d = &xmlDoc{}
		if t := etree.NewDocument(); t.ReadFromString(doc) == nil {
			d.root = t
		}
		r.xml.put(doc, d)
	}
	r.xmlText, r.xmlDoc = doc, d
	return d.find(p), nil
}

func (d *xmlDoc) find(p *xmlPath) *etree.Element {
	if d.root == nil {
		return nil
	}
	return d.root.FindElementPath(p.path)
}
