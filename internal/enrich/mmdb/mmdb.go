// Package mmdb answers where an address is and to which network it belongs, from MaxMind DB files on disk. It neither
// downloads nor updates them. Start with [Open].
package mmdb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
)

// Names of the files, as GeoIP rules ask for them.
const (
	CityFile = "GeoLite2-City.mmdb"
	ASNFile  = "GeoLite2-ASN.mmdb"
)

// MaxSize is the largest database that is read, in bytes. It is held in memory as a whole: a mapped file that somebody
// truncates would kill the process.
const MaxSize = 1 << 30

// ErrAbsent is in the chain of the error of a question whose database is not there.
var ErrAbsent = errors.New("no such database")

// DB holds the databases of a folder. It implements [cond.Geo] and is safe for concurrent use. Its files may be
// replaced while it is open; another Open reads the new ones.
type DB struct {
	city, asn *maxminddb.Reader
}

// Open reads the databases in a folder. One of them may be missing: questions to it fail with [ErrAbsent]. When both
// are, the error has [ErrAbsent] in its chain; a damaged one is an error whatever the other is.
func Open(fsys fs.FS) (*DB, error) {
	city, err := open(fsys, CityFile, "ASN")
	if err != nil {
		return nil, err
	}
	asn, err := open(fsys, ASNFile, "City")
	if err != nil {
		return nil, err
	}
	if city == nil && asn == nil {
		return nil, fmt.Errorf("neither %s nor %s is there: %w", CityFile, ASNFile, ErrAbsent)
	}
	return &DB{city: city, asn: asn}, nil
}

var _ cond.Geo = (*DB)(nil)

// Missing names the database files that are not there.
func (d *DB) Missing() []string {
	var names []string
	if d.city == nil {
		names = append(names, CityFile)
	}
	if d.asn == nil {
		names = append(names, ASNFile)
	}
	return names
}

// country is the part of a record that is used of each of its countries.
type country struct {
	IsoCode string `maxminddb:"iso_code"`
	InEU    bool   `maxminddb:"is_in_european_union"`
}

// City implements [cond.Geo]. The country is where the address is, or else where it is registered, or else whom it
// represents (a military base); it is "" when the record has none.
func (d *DB) City(addr netip.Addr) (cond.City, bool, error) {
	var record struct {
		Country            country `maxminddb:"country"`
		RegisteredCountry  country `maxminddb:"registered_country"`
		RepresentedCountry country `maxminddb:"represented_country"`
		Location           struct {
			Latitude  float64 `maxminddb:"latitude"`
			Longitude float64 `maxminddb:"longitude"`
		} `maxminddb:"location"`
	}
	if _, ok, err := lookup(d.city, CityFile, addr, &record); !ok || err != nil {
		return cond.City{}, false, err
	}
	c := record.Country
	if c.IsoCode == "" {
		c = record.RegisteredCountry
	}
	if c.IsoCode == "" {
		c = record.RepresentedCountry
	}
	return cond.City{
		IsoCode: c.IsoCode, InEU: c.InEU,
		Latitude: record.Location.Latitude, Longitude: record.Location.Longitude,
	}, true, nil
}

// ASN implements [cond.Geo]. An address without a record is not found, which rules written for CrowdSec know as number
// "0"; saying so is the caller's part. Network is the prefix of the record, which may be smaller than what the
// autonomous system announces.
func (d *DB) ASN(addr netip.Addr) (cond.ASN, bool, error) {
	var record struct {
		Number uint   `maxminddb:"autonomous_system_number"`
		Org    string `maxminddb:"autonomous_system_organization"`
	}
	network, ok, err := lookup(d.asn, ASNFile, addr, &record)
	if !ok || err != nil {
		return cond.ASN{}, false, err
	}
	return cond.ASN{Number: record.Number, Org: record.Org, Network: network}, true, nil
}

// lookup decodes the record of an address into record and returns its prefix. A database that is damaged where Open did
// not look gives an error, whatever the decoder does.
func lookup(db *maxminddb.Reader, name string, addr netip.Addr, record any) (network netip.Prefix, ok bool, err error) {
	if db == nil {
		return netip.Prefix{}, false, fmt.Errorf("look up %s in %s: %w", addr, name, ErrAbsent)
	}
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() || addr.Is6() && db.Metadata.IPVersion == 4 {
		return netip.Prefix{}, false, nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("look up %s in %s: the database is damaged: %v", addr, name, r)
		}
	}()
	result := db.Lookup(addr)
	if err := result.Decode(record); err != nil {
		return netip.Prefix{}, false, fmt.Errorf("look up %s in %s: %w", addr, name, err)
	}
	if !result.Found() {
		return netip.Prefix{}, false, nil
	}
	return result.Prefix(), true, nil
}

// open reads one database, nil when it is absent. other is a word in the type of a database that was put in its place
// by mistake.
func open(fsys fs.FS, name, other string) (*maxminddb.Reader, error) {
	data, err := read(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // absent is no error here, Open judges it
	}
	if err != nil {
		return nil, fmt.Errorf("read GeoIP database %s: %w", name, err)
	}
	db, err := parse(data)
	if err != nil {
		return nil, diag.Problem{
			Place: diag.Place{File: name}, What: "this is not a sound MaxMind database: " + err.Error(),
			Hint: "download it again, or remove it to go on without",
		}
	}
	if kind := db.Metadata.DatabaseType; strings.Contains(kind, other) {
		return nil, diag.Problem{
			Place: diag.Place{File: name}, What: fmt.Sprintf("the database is of the type %q", kind),
			Hint: "it has the name of another one: rename it",
		}
	}
	return db, nil
}

func read(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err == nil && len(data) > MaxSize {
		err = fmt.Errorf("it has more than %d bytes", MaxSize)
	}
	return data, err
}

// parse opens a database and looks at a few hundred of its records: a full check of a city database takes seconds.
func parse(data []byte) (db *maxminddb.Reader, err error) {
	defer func() {
		if r := recover(); r != nil {
			db, err = nil, fmt.Errorf("the reader gave up: %v", r)
		}
	}()
	db, err = maxminddb.OpenBytes(data)
	if err != nil {
		return nil, err
	}
	for i := range 256 {
		for _, addr := range [...]netip.Addr{
			netip.AddrFrom4([4]byte{byte(i), 8, 8, 8}),
			netip.AddrFrom16([16]byte{0x20 + byte(i)>>5, byte(i)}),
		} {
			if addr.Is6() && db.Metadata.IPVersion == 4 {
				continue
			}
			var record any
			if err := db.Lookup(addr).Decode(&record); err != nil {
				return nil, fmt.Errorf("record of %s: %w", addr, err)
			}
		}
	}
	return db, nil
}
