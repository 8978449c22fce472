// Package app puts programs together: it opens rules, data files and databases, and makes an engine of them.
//
// It is the one place that knows which adapter stands behind which contract. It decides nothing and prints nothing.
// Start from [Open].
package app

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tocsin.example/internal/check"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/datafile"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/enrich/mmdb"
	"tocsin.example/internal/enrich/rdns"
	"tocsin.example/internal/folder"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/hub"
	"tocsin.example/internal/inforce"
	"tocsin.example/internal/offheap"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/stash"
	"tocsin.example/rules"
)

// The engines.
const (
	// Reference matches with Go's regexp and evaluates with expr's machine: slow, and the measure of the other.
	Reference = "reference"
	// Fast matches with plans and evaluates with closures, and asks only the rules that an index leaves. What it decides
	// is the same.
	Fast = "fast"
)

// builtIn is the version of the rules in the box, as evidence shows it.
const builtIn = "built-in"

// Options say which rules to load and what they may reach.
type Options struct {
	Hub     string   // folder of a hub; "" for the built-in rules
	Install []string // items of the hub to load; see hub.Resolve
	All     bool     // load all items of the hub
	Data    []string // folders with data files and GeoIP databases
	Now     time.Time
	Engine  string // "" for Fast
	DNS     bool   // postoverflows may ask DNS
	Indexed bool   // events meet only the nodes and scenarios that can match; the result is the same
}

// Site is an engine with what was said while it was loaded.
type Site struct {
	Engine   *detect.Engine
	Problems *diag.List

	ledger *inforce.Ledger
	stash  *stash.Stash
}

// Forget takes away what earlier events left behind for rules to ask about: decisions and the stash. Who plays several
// logs to one engine, each as if it were the first, calls it between two; no core may be at work meanwhile.
func (s *Site) Forget() {
	s.ledger.Forget()
	s.stash.Forget()
}

// Open loads rules into an engine. Rules with faults are set aside and listed in Problems; the error is for what leaves
// nothing to run.
func Open(o Options) (*Site, error) {
	if err := knownEngine(o.Engine); err != nil {
		return nil, err
	}
	problems := &diag.List{}
	h, mode, err := openHub(o.Hub, problems)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	set, err := choose(h, o, problems)
	if err != nil {
		return nil, err
	}
	lib, err := Patterns()
	if err != nil {
		return nil, err
	}
	places, err := dataPlaces(h, o.Data)
	if err != nil {
		return nil, err
	}
	host, ledger, kept := newHost(o.Now), inforce.New(), stash.New()
	host.Stash = kept
	switch {
	case o.DNS:
		host.DNS = rdns.New(rdns.Config{})
	case o.Hub == "":
		host.DNS = nameless{}
	}
	engine, err := detect.Load(detect.Rules{
		Parsers: set.Parsers, Postoverflows: set.Postoverflows, Scenarios: set.Scenarios, Contexts: set.Contexts,
		Patterns: lib, Mode: mode,
		LoadData: func(wanted []rule.Data, problems *diag.List) { loadData(host, places, wanted, problems) },
	}, detect.Options{Host: host, Ledger: ledger, Fast: isFast(o.Engine), Indexed: isFast(o.Engine) || o.Indexed, Memory: &offheap.Memory{}}, problems)
	if err != nil {
		return nil, hint{err, "name a collection, for example --install crowdsecurity/sshd,crowdsecurity/base, or use --all"}
	}
	return &Site{Engine: engine, Problems: problems, ledger: ledger, stash: kept}, nil
}

// knownEngine refuses names of engines that there are not.
func knownEngine(name string) error {
	switch name {
	case "", Reference, Fast:
		return nil
	default:
		return hint{fmt.Errorf("there is no engine %q", name), "write --engine fast or --engine reference"}
	}
}

func isFast(engine string) bool { return engine != Reference }

// openHub opens the hub in a folder, or the built-in rules.
func openHub(dir string, problems *diag.List) (*hub.Hub, diag.Mode, error) {
	if dir == "" {
		h, err := hub.Open(rules.FS(), problems)
		return h, diag.Own, err
	}
	h, err := hub.OpenDir(dir, problems)
	return h, diag.Foreign, err
}

// choose resolves the items to load; a name that the hub does not have is an error, since what was asked for would be
// missing.
func choose(h *hub.Hub, o Options, problems *diag.List) (hub.Set, error) {
	if o.Hub == "" {
		set := h.ResolveAll(problems)
		for _, files := range [][]rule.File{set.Parsers, set.Postoverflows, set.Scenarios, set.Contexts} {
			for i := range files {
				files[i].Version = builtIn // they have no index; their digest tells which
			}
		}
		return set, nil
	}
	if o.All {
		return h.ResolveAll(problems), nil
	}
	if len(o.Install) == 0 {
		return hub.Set{}, hint{errors.New("nothing was chosen from the hub"), "add --install NAME,... or --all"}
	}
	var faults diag.List
	set := h.Resolve(o.Install, &faults)
	problems.Merge(&faults)
	return set, faults.Err()
}

// newHost is what every engine has: a stash, a name and a clock.
func newHost(now time.Time) *cond.Host {
	name, err := os.Hostname()
	if err != nil {
		name = "localhost"
	}
	return &cond.Host{Now: func() time.Time { return now }, Stash: stash.New(), Hostname: name}
}

// nameless is the DNS of the built-in rules where none may be asked: no address has a name. They are made to do without, so
// that there is nothing to warn of.
type nameless struct{}

func (nameless) LookupHost(string) ([]string, error)         { return nil, nil }
func (nameless) ConfirmedNames(netip.Addr) ([]string, error) { return nil, nil }

// Patterns returns the built-in grok library.
func Patterns() (*grok.Library, error) {
	lib := grok.NewLibrary()
	var problems diag.List
	fsys := rules.Patterns()
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("read the built-in patterns: %w", err)
	}
	for _, e := range entries {
		text, err := fs.ReadFile(fsys, e.Name())
		if err != nil {
			return nil, fmt.Errorf("read the built-in patterns: %w", err)
		}
		lib.AddFile("patterns/"+e.Name(), text, &problems)
	}
	return lib, problems.Err()
}

// dataPlaces lists where data files may lie: the folders that were named, then the hub's own.
func dataPlaces(h *hub.Hub, dirs []string) ([]datafile.Place, error) {
	var out []datafile.Place
	for _, dir := range dirs {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, hint{fmt.Errorf("open data folder: %w", err), "name an existing folder with --data"}
		}
		out = append(out, datafile.Place{Name: dir, FS: folder.Files(root)})
	}
	if h != nil {
		if fsys, ok := h.Data(); ok {
			out = append(out, datafile.Place{Name: ".data of the hub", FS: fsys, Mirror: true})
		}
	}
	return out, nil
}

// loadData gives a host the data files that rules want, and the first GeoIP databases that are found.
func loadData(host *cond.Host, places []datafile.Place, wanted []rule.Data, problems *diag.List) {
	files := datafile.New(places...)
	files.Load(wanted, problems)
	host.Files = files
	for _, p := range places {
		fsys := p.FS
		if p.Mirror {
			var err error
			if fsys, err = fs.Sub(p.FS, "mmdb_update"); err != nil {
				continue
			}
		}
		db, err := mmdb.Open(fsys)
		switch {
		case err == nil:
			host.Geo = db
			return
		case !errors.Is(err, mmdb.ErrAbsent):
			advice := "download the database again"
			if _, ok := errors.AsType[diag.Problem](err); ok {
				advice = "" // it has its own
			}
			problems.Warnf(diag.Place{File: p.Name}, advice, "%s", err)
		}
	}
}

// CheckOptions are the options for checking rules at paths: everything that they may count on is there. Data files may
// also lie in a folder .data beside or above the rules, as in a hub.
func CheckOptions(mode diag.Mode, data, paths []string) (check.Options, error) {
	lib, err := Patterns()
	if err != nil {
		return check.Options{}, err
	}
	places, err := dataPlaces(nil, data)
	if err != nil {
		return check.Options{}, err
	}
	for _, dir := range dataAbove(paths) {
		if root, err := os.OpenRoot(dir); err == nil {
			places = append(places, datafile.Place{Name: dir, FS: folder.Files(root), Mirror: true})
		}
	}
	host := newHost(time.Now())
	host.Decisions = inforce.New()
	host.DNS = rdns.New(rdns.Config{})
	return check.Options{Mode: mode, Host: host, Patterns: lib, LoadData: func(wanted []rule.Data, problems *diag.List) {
		loadData(host, places, wanted, problems)
	}}, nil
}

// dataAbove finds folders .data in or above paths.
func dataAbove(paths []string) []string {
	var out []string
	for _, dir := range above(paths, ".data") {
		out = append(out, filepath.Join(dir, ".data"))
	}
	return out
}

// above finds the folders that hold a folder of a name, in or above paths, up to the depth of a hub.
func above(paths []string, name string) []string {
	const up = 5
	var out []string
	for _, p := range paths {
		dir, err := filepath.Abs(p)
		for i := 0; err == nil && i < up; i++ {
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() && !slices.Contains(out, dir) {
				out = append(out, dir)
			}
			dir = filepath.Dir(dir)
		}
	}
	return out
}

// hint is an error with advice.
type hint struct {
	error

	hint string
}

// Hint is the advice.
func (h hint) Hint() string { return h.hint }

// Unwrap returns the error itself.
func (h hint) Unwrap() error { return h.error }
