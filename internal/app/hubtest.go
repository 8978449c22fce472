package app

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/datafile"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/enrich/mmdb/fixture"
	"tocsin.example/internal/hub"
	"tocsin.example/internal/hubtest"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/stash"
)

// TestOptions say which hub's tests to run.
type TestOptions struct {
	Hub    string   // folder
	Data   []string // folders with data files and GeoIP databases
	Now    time.Time
	Jobs   int
	Engine string // "" for Fast
}

// HubTests returns a runner of a hub's tests, and what to call when it is no longer needed.
func HubTests(o TestOptions) (*hubtest.Runner, func(), error) {
	if err := knownEngine(o.Engine); err != nil {
		return nil, nil, err
	}
	var problems diag.List
	h, mode, err := openHub(o.Hub, &problems)
	if err != nil {
		return nil, nil, err
	}
	closer := func() { _ = h.Close() }
	if err := problems.Err(); err != nil {
		closer()
		return nil, nil, err
	}
	lib, err := Patterns()
	if err != nil {
		closer()
		return nil, nil, err
	}
	places, err := dataPlaces(h, o.Data)
	if err != nil {
		closer()
		return nil, nil, err
	}
	r := &hubtest.Runner{
		FS: h.FS(), Hub: byName{h}, Patterns: lib, Mode: mode, Now: o.Now, Jobs: o.Jobs, Fast: isFast(o.Engine),
		NewStash: func() cond.Stash { return stash.New() },
	}
	r.Data = func(test string, own bool, wanted []rule.Data, problems *diag.List) (cond.Files, cond.Geo) {
		return testData(h, places, test, own, wanted, problems)
	}
	return r, closer, nil
}

// testData gives a test its data files. GeoIP databases come from the folders that were named, from a folder there with
// the test's name, from the test's own folder and from the hub; if none has them, a small fixture stands in, which knows
// the addresses that the hub's tests ask for.
func testData(h *hub.Hub, shared []datafile.Place, test string, own bool, wanted []rule.Data, problems *diag.List) (cond.Files, cond.Geo) {
	var places []datafile.Place
	add := func(name string, fsys fs.FS, dir string) {
		if sub, err := fs.Sub(fsys, dir); err == nil {
			if _, err := fs.Stat(sub, "."); err == nil {
				places = append(places, datafile.Place{Name: name, FS: sub})
			}
		}
	}
	for _, p := range shared {
		if !p.Mirror {
			add(path.Join(p.Name, test), p.FS, test)
		}
	}
	dir := path.Join(hubtest.Folder, test)
	add(path.Join(dir, "data"), h.FS(), path.Join(dir, "data"))
	add(dir, h.FS(), dir)
	places = append(places, shared...)
	fallback := fixture.Shared()
	if own {
		fallback = fixture.Own()
	}
	places = append(places, datafile.Place{Name: "fixture", FS: fallback})
	host := cond.Host{}
	loadData(&host, places, wanted, problems)
	return host.Files, host.Geo
}

// byName finds items for tests.
type byName struct{ hub *hub.Hub }

// File implements hubtest.Hub.
func (b byName) File(t rule.Type, name string) (rule.File, error) {
	if it, ok := b.hub.Find(t, name); ok {
		return b.hub.File(it)
	}
	clean := strings.TrimPrefix(path.Clean("/"+name), "/")
	for it := range b.hub.Items(t) {
		if it.Path == clean {
			return b.hub.File(it)
		}
	}
	return rule.File{}, hint{fmt.Errorf("the hub has no %s %q", t.One(), name), "write its name, or its path in the hub"}
}
