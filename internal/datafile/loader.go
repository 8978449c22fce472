// Package datafile loads the data files that rules ask for: lists of strings, regular expressions, maps and robots. It
// reads them from folders and never downloads. Start with [Loader], which is the [cond.Files] of a host.
package datafile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
)

// Limits.
const (
	MaxFileSize  = 64 << 20  // bytes of one file
	MaxTotalSize = 512 << 20 // bytes of all
	MaxLines     = 2_000_000 // lines of one file
	MaxFiles     = 10_000
)

// mirrorHost serves the data files of the public hub; a hub's folder .data mirrors it.
const mirrorHost = "hub-data.crowdsec.net"

// Place is a folder with data files.
type Place struct {
	// Name says where it is, for messages: "/var/lib/tocsin/data".
	Name string
	// FS must neither follow links out of the folder nor wait for a pipe: take that of package folder, not os.DirFS.
	FS fs.FS
	// Mirror: the folder holds https://hub-data.crowdsec.net/<path> as <path>, and files from elsewhere somewhere in
	// it under their name. Otherwise it holds every file under its dest_file.
	Mirror bool
}

// Loader keeps what rules asked for by dest_file name. All is loaded before the first look-up; look-ups are safe for
// concurrent use. Another set of rules gets another Loader, so that it sees the files anew.
type Loader struct {
	places []Place
	files  map[string]*file
	total  int64
	names  map[int]map[string]string // of each mirror: a file's name to its path, "" where it has several
}

type file struct {
	kind  rule.DataType
	entry rule.Data // that loaded it
	found bool

	lines   []string
	regexps []*regexp.Regexp
	maps    []map[string]string
	bots    []cond.Bot
}

var _ cond.Files = (*Loader)(nil)

// New returns a loader that looks into the places in their order.
func New(places ...Place) *Loader {
	return &Loader{places: places, files: map[string]*file{}, names: map[int]map[string]string{}}
}

// Load reads the files that rules want. The first entry that names a file decides what it is; one that is wanted again
// is not read again. A missing file or a bad line is a warning, since the rest goes on; only a dest_file that leaves the
// folder is an error.
func (l *Loader) Load(wanted []rule.Data, problems *diag.List) {
	for _, d := range wanted {
		kind, ok := rule.ParseDataType(d.Type)
		if !ok {
			problems.Warnf(d.Place, "write string, regexp, map or bots, or leave it out for a file that no expression reads",
				"the data file %q is of an unknown type %q", d.DestFile, d.Type)
			continue
		}
		if err := checkName(d.DestFile); err != nil {
			problems.Errorf(d.Place, "give a file name, for example words.txt", "dest_file %q %s", d.DestFile, err)
			continue
		}
		if kind == rule.DataFile {
			continue // nobody reads it through us: a GeoIP database is the enricher's
		}
		if known := l.files[d.DestFile]; known != nil {
			l.again(known, d, kind, problems)
			continue
		}
		if len(l.files) >= MaxFiles {
			problems.Errorf(d.Place, "join some of them", "the rules want more than %d data files", MaxFiles)
			return
		}
		f := &file{kind: kind, entry: d}
		l.files[d.DestFile] = f
		l.load(f, problems)
	}
}

// again judges an entry for a file that another one has loaded.
func (l *Loader) again(known *file, d rule.Data, kind rule.DataType, problems *diag.List) {
	if known.kind != kind {
		problems.Warnf(d.Place, "give one of them another dest_file",
			"the data file %q is of the type %q here, but of the type %q in %s, which comes first and counts",
			d.DestFile, kind, known.kind, known.entry.Place)
	}
	if known.entry.SourceURL != d.SourceURL && d.SourceURL != "" && known.entry.SourceURL != "" {
		problems.Warnf(d.Place, "give one of them another dest_file",
			"the data file %q comes from %s here, but from %s in %s, which comes first and counts",
			d.DestFile, d.SourceURL, known.entry.SourceURL, known.entry.Place)
	}
}

// checkName reports why a dest_file is not the name of a file inside the data folder.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("is missing")
	case len(name) > 255:
		return errors.New("is longer than 255 bytes")
	case !fs.ValidPath(name) || name == "." || strings.Contains(name, `\`):
		return errors.New("is not the name of a file inside the data folder")
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) }):
		return errors.New("has characters that cannot be seen")
	}
	return nil
}

// load finds and reads one file.
func (l *Loader) load(f *file, problems *diag.List) {
	name := f.entry.DestFile
	for i, p := range l.places {
		in, at, err := l.open(i, f.entry)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		display := path.Join(p.Name, at)
		if err == nil {
			var text string
			text, err = l.read(in)
			if err == nil {
				f.found = true
				f.parse(display, text, problems)
				return
			}
		}
		problems.Warnf(f.entry.Place, "", "read data file %s: %v", display, cause(err))
		return
	}
	problems.Warnf(f.entry.Place, l.whereToPut(f.entry), "the data file %q is not there", name)
}

// whereToPut is the hint for a missing file.
func (l *Loader) whereToPut(d rule.Data) string {
	what := "put it"
	if d.SourceURL != "" {
		what = "download " + d.SourceURL
	}
	for _, p := range l.places {
		if !p.Mirror {
			return what + " to " + path.Join(p.Name, d.DestFile)
		}
	}
	return what + " into a data folder, and name that folder"
}

// open opens an entry's file in a place and says where it is there. It is closed by read.
func (l *Loader) open(i int, d rule.Data) (fs.File, string, error) {
	p := l.places[i]
	at := d.DestFile
	if p.Mirror {
		at = l.mirrored(i, d)
	}
	if at == "" {
		return nil, "", fs.ErrNotExist
	}
	f, err := p.FS.Open(at)
	return f, at, err
}

// mirrored returns where a mirror has the file of an entry, "" if nowhere.
func (l *Loader) mirrored(i int, d rule.Data) string {
	u, err := url.Parse(d.SourceURL)
	if err == nil && u.Scheme == "https" && u.Host == mirrorHost {
		at := strings.TrimPrefix(u.Path, "/")
		if fs.ValidPath(at) && at != "." {
			return at
		}
		return ""
	}
	if l.names[i] == nil {
		l.names[i] = names(l.places[i].FS)
	}
	return l.names[i][path.Base(d.DestFile)]
}

// names lists the files of a folder by their last name element; one that occurs twice has no path, since nobody knows
// which is meant.
func names(fsys fs.FS) map[string]string {
	all := map[string]string{}
	_ = fs.WalkDir(fsys, ".", func(at string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir // what cannot be listed is not found
		case len(all) >= MaxFiles:
			return fs.SkipAll
		case !e.Type().IsRegular():
			return nil
		}
		if _, twice := all[e.Name()]; twice {
			at = ""
		}
		all[e.Name()] = at
		return nil
	})
	return all
}

// read takes a whole file within the limits and closes it.
func (l *Loader) read(f fs.File) (string, error) {
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("it is not a regular file")
	}
	if info.Size() > MaxFileSize {
		return "", fmt.Errorf("it has %d bytes; the limit is %d", info.Size(), MaxFileSize)
	}
	if l.total+info.Size() > MaxTotalSize {
		return "", fmt.Errorf("the data files have more than %d bytes together", MaxTotalSize)
	}
	var text strings.Builder
	text.Grow(int(info.Size()))
	n, err := io.Copy(&text, io.LimitReader(f, MaxFileSize+1))
	if err == nil && n > MaxFileSize {
		err = fmt.Errorf("it has more than %d bytes", MaxFileSize)
	}
	l.total += n
	return text.String(), err
}

// cause takes the operation and the path off a system error: the message has its own.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// Lines implements [cond.Files].
func (l *Loader) Lines(name string) ([]string, bool) {
	f := l.get(name, rule.DataString)
	if f == nil {
		return nil, false
	}
	return f.lines, true
}

// Regexps implements [cond.Files].
func (l *Loader) Regexps(name string) ([]*regexp.Regexp, bool) {
	f := l.get(name, rule.DataRegexp)
	if f == nil {
		return nil, false
	}
	return f.regexps, true
}

// Map implements [cond.Files].
func (l *Loader) Map(name string) ([]map[string]string, bool) {
	f := l.get(name, rule.DataMap)
	if f == nil {
		return nil, false
	}
	return f.maps, true
}

// Bots implements [cond.Files].
func (l *Loader) Bots(name string) ([]cond.Bot, bool) {
	f := l.get(name, rule.DataBots)
	if f == nil {
		return nil, false
	}
	return f.bots, true
}

// get returns a file that was found and is of the type, nil otherwise.
func (l *Loader) get(name string, kind rule.DataType) *file {
	f := l.files[name]
	if f == nil || !f.found || f.kind != kind {
		return nil
	}
	return f
}
