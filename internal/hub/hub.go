// Package hub reads a folder of rules as CrowdSec's hub lays it out: parsers, postoverflows, scenarios, contexts and the
// collections that join them, with an index of versions or without. It neither downloads nor writes, and it does not
// compile rules. Start with [Open] and [Hub.Resolve].
package hub

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/folder"
	"tocsin.example/internal/rule"
)

// Limits on what a hub may hold.
const (
	MaxIndexSize = 64 << 20 // bytes of .index.json
	MaxFileSize  = 8 << 20  // bytes of a rule file
	MaxItems     = 100_000
	MaxMembers   = 10_000 // of a collection
	maxDepth     = 10     // folders below a type's
)

// Names in the hub's folder.
const (
	indexFile  = ".index.json"
	dataFolder = ".data"
)

// Item is one entry of the hub. It is never written after Open.
type Item struct {
	Type        rule.Type
	Name        string // "crowdsecurity/sshd-logs"
	Author      string
	Path        string // in the hub's folder: "parsers/s01-parse/crowdsecurity/sshd-logs.yaml"
	Stage       string // of parsers and postoverflows: "s01-parse"
	Version     string // the latest in the index, "" for a local item
	Versions    []Version
	Description string
	Labels      map[string]any
	// Members are the items that a collection names, by their type.
	Members map[rule.Type][]string
	// Local: no index knows the item.
	Local bool
}

// Version is one that the index knows, newest first in a list.
type Version struct {
	Number     string
	Digest     string // SHA-256 of the file, hex
	Deprecated bool
}

// order is the item's place among those of its type as installed.
func (it *Item) order() string { return path.Join(it.Stage, path.Base(it.Path)) }

// String names the item as [Hub.Resolve] takes it.
func (it *Item) String() string { return string(it.Type) + ":" + it.Name }

// Hub is a folder of rules. It is safe for concurrent use.
type Hub struct {
	fsys   fs.FS
	prefix string // in front of paths in messages
	root   *os.Root
	items  map[rule.Type]map[string]*Item
	byPath map[string]*Item

	mu   sync.Mutex
	seen map[*Item]own // what was found out about the items' files
}

// Open reads the index of a hub, or makes one by walking through its folders when it has none. Every entry that is not
// sound is an error on the list and left out. fsys must neither follow links out of its folder nor wait for a pipe: take
// [OpenDir], or [folder.Files].
func Open(fsys fs.FS, problems *diag.List) (*Hub, error) {
	return open(&Hub{fsys: fsys}, problems)
}

// OpenDir is Open for a folder on disk, from which no link leads out. Close it.
func OpenDir(dir string, problems *diag.List) (*Hub, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, diag.Problem{
			Place: diag.Place{File: dir}, What: "the hub cannot be opened: " + cause(err).Error(),
			Hint: "name the folder that holds parsers, scenarios and collections",
		}
	}
	h, err := open(&Hub{fsys: folder.Files(root), prefix: dir, root: root}, problems)
	if err != nil {
		_ = root.Close()
	}
	return h, err
}

// Close lets go of the folder.
func (h *Hub) Close() error {
	if h.root == nil {
		return nil
	}
	return h.root.Close()
}

func open(h *Hub, problems *diag.List) (*Hub, error) {
	h.items, h.byPath, h.seen = map[rule.Type]map[string]*Item{}, map[string]*Item{}, map[*Item]own{}
	text, err := h.read(indexFile, MaxIndexSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = h.walk(problems)
	case err != nil:
		err = fmt.Errorf("read the index of the hub: %w", err)
	default:
		err = h.index(text, problems)
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

// add takes an item in, unless it is not sound.
func (h *Hub) add(it *Item, at diag.Place, problems *diag.List) {
	if h.Len() >= MaxItems {
		problems.Errorf(at, "", "the hub has more than %d items; the rest is left out", MaxItems)
		return
	}
	if err := it.check(); err != nil {
		problems.Errorf(at, "the item is left out; get the hub again from where you trust it", "%s %q %s", it.Type.One(), it.Name, err)
		return
	}
	if h.items[it.Type] == nil {
		h.items[it.Type] = map[string]*Item{}
	}
	if other := h.items[it.Type][it.Name]; other != nil {
		problems.Errorf(at, "give one of them another name", "%s %q is in %s already", it.Type.One(), it.Name, h.display(other.Path))
		return
	}
	if other := h.byPath[it.Path]; other != nil {
		problems.Errorf(at, "the item is left out", "%s %q has the file of %q", it.Type.One(), it.Name, other.Name)
		return
	}
	h.items[it.Type][it.Name] = it
	h.byPath[it.Path] = it
}

// check reports why an item must not be used. Its path decides what is opened, so that it must stay in its type's folder.
func (it *Item) check() error {
	if err := checkName(it.Name); err != nil {
		return err
	}
	switch {
	case !fs.ValidPath(it.Path) || strings.Contains(it.Path, `\`) || !visible(it.Path):
		return fmt.Errorf("has the path %q, which leads out of the hub", it.Path)
	case !yamlName(it.Path):
		return fmt.Errorf("has the path %q, which is no YAML file", it.Path)
	}
	t, stage, ok := typeOf(it.Path)
	switch {
	case !ok || t != it.Type:
		return fmt.Errorf("has the path %q, which is not in the folder %s", it.Path, it.Type)
	case stage != it.Stage:
		return fmt.Errorf("has the stage %q, but its path is %q", it.Stage, it.Path)
	}
	return nil
}

func checkName(name string) error {
	switch {
	case !visible(name) || len(name) > 200:
		return errors.New("has a name that is empty, too long or has characters that cannot be seen")
	case strings.Contains(name, `\`) || !fs.ValidPath(name) || name == ".":
		return errors.New("has a name that is no author/name")
	}
	return nil
}

// typeOf returns the type and the stage of a file by its path from the hub's folder.
func typeOf(p string) (t rule.Type, stage string, ok bool) {
	parts := strings.Split(p, "/")
	t, ok = rule.ParseType(parts[0])
	if !ok || string(t) != parts[0] {
		return "", "", false
	}
	if !t.Staged() {
		return t, "", len(parts) > 1
	}
	if len(parts) < 3 {
		return "", "", false
	}
	return t, parts[1], true
}

func yamlName(p string) bool { return strings.HasSuffix(p, ".yaml") || strings.HasSuffix(p, ".yml") }

func visible(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) })
}

// Len is the number of items.
func (h *Hub) Len() int {
	n := 0
	for _, all := range h.items {
		n += len(all)
	}
	return n
}

// Items returns the items of a type by name.
func (h *Hub) Items(t rule.Type) iter.Seq[*Item] {
	return func(yield func(*Item) bool) {
		for _, name := range slices.Sorted(maps.Keys(h.items[t])) {
			if !yield(h.items[t][name]) {
				return
			}
		}
	}
}

// Find returns an item by type and name.
func (h *Hub) Find(t rule.Type, name string) (*Item, bool) {
	it, ok := h.items[t][name]
	return it, ok
}

// Data is the folder that mirrors https://hub-data.crowdsec.net/, and whether the hub has one.
func (h *Hub) Data() (fs.FS, bool) {
	info, err := fs.Stat(h.fsys, dataFolder)
	if err != nil || !info.IsDir() {
		return nil, false
	}
	sub, err := fs.Sub(h.fsys, dataFolder)
	return sub, err == nil
}

// FS is the hub's folder.
func (h *Hub) FS() fs.FS { return h.fsys }

// File reads the rule file of an item and tells its version.
func (h *Hub) File(it *Item) (rule.File, error) {
	text, err := h.read(it.Path, MaxFileSize)
	if err != nil {
		return rule.File{}, fmt.Errorf("read %s %s: %w", it.Type.One(), it.Name, err)
	}
	f := rule.New(it.Type, it.Name, h.display(it.Path), text)
	f.Stage, f.Order = it.Stage, it.order()
	hash := f.Hash()
	for _, v := range it.Versions {
		if v.Digest == hash {
			f.Version = v.Number
			break
		}
	}
	return f, nil
}

func (h *Hub) display(p string) string { return path.Join(h.prefix, p) }

// read takes a whole regular file within a limit.
func (h *Hub) read(p string, limit int64) ([]byte, error) {
	f, err := h.fsys.Open(p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.display(p), cause(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.display(p), cause(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", h.display(p))
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.display(p), cause(err))
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes", h.display(p), limit)
	}
	return text, nil
}

// cause takes the operation and the path off a system error: the message has its own.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}
