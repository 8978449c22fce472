package mmdb_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"go4.org/netipx"

	"tocsin.example/internal/enrich/mmdb"
	"tocsin.example/internal/enrich/mmdb/fixture"
	"tocsin.example/internal/testx"
)

func build(t testing.TB, kind string, record mmdbtype.DataType) []byte {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, RecordSize: 24, IPVersion: 4, BuildEpoch: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Insert(netipx.PrefixIPNet(netip.MustParsePrefix("8.8.8.0/24")), record); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := tree.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func folder(name string, data []byte) fs.FS { return fstest.MapFS{name: {Data: data}} }

func TestCityTakesTheFirstCountryThereIs(t *testing.T) {
	land := func(iso string, inEU bool) mmdbtype.Map {
		return mmdbtype.Map{"iso_code": mmdbtype.String(iso), "is_in_european_union": mmdbtype.Bool(inEU)}
	}
	f := func(record mmdbtype.Map, iso string, inEU bool) {
		t.Helper()
		db, err := mmdb.Open(folder(mmdb.CityFile, build(t, "City", record)))
		if err != nil {
			t.Fatal(err)
		}
		got, ok, err := db.City(netip.MustParseAddr("8.8.8.8"))
		if err != nil || !ok || got.IsoCode != iso || got.InEU != inEU {
			t.Errorf("%v: %+v, %t, %v, want %q, %t", record, got, ok, err, iso, inEU)
		}
	}
	fr, us, de := land("FR", true), land("US", false), land("DE", true)
	f(mmdbtype.Map{"country": fr, "registered_country": us, "represented_country": de}, "FR", true)
	f(mmdbtype.Map{"registered_country": us, "represented_country": de}, "US", false)
	f(mmdbtype.Map{"country": land("", true), "registered_country": us}, "US", false)
	f(mmdbtype.Map{"represented_country": de}, "DE", true)
	f(mmdbtype.Map{"location": mmdbtype.Map{"latitude": mmdbtype.Float64(1)}}, "", false)
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	f := func(fsys fs.FS, want string) {
		t.Helper()
		db, err := mmdb.Open(fsys)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open gave %v, %v, want an error with %q", db, err, want)
		}
	}
	city, err := fs.ReadFile(fixture.Own(), mmdb.CityFile)
	if err != nil {
		t.Fatal(err)
	}
	f(fstest.MapFS{}, "neither GeoLite2-City.mmdb nor GeoLite2-ASN.mmdb is there")
	f(folder(mmdb.CityFile, nil), "GeoLite2-City.mmdb: this is not a sound MaxMind database")
	f(folder(mmdb.ASNFile, []byte("<html>404</html>")), "download it again, or remove it")
	f(folder(mmdb.CityFile, city[:len(city)/2]), "GeoLite2-City.mmdb: this is not a sound MaxMind database")
	f(folder(mmdb.ASNFile, city), `the database is of the type "GeoLite2-City" (it has the name of another one: rename it)`)
	f(fstest.MapFS{mmdb.CityFile: {Data: city}, mmdb.ASNFile: {Data: []byte("x")}}, "GeoLite2-ASN.mmdb: this is not a sound")
}

func TestOneDatabaseIsEnough(t *testing.T) {
	city, err := fs.ReadFile(fixture.Own(), mmdb.CityFile)
	if err != nil {
		t.Fatal(err)
	}
	db, err := mmdb.Open(folder(mmdb.CityFile, city))
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddr("1.2.3.4")
	if _, ok, err := db.City(addr); !ok || err != nil {
		t.Errorf("City: %t, %v", ok, err)
	}
	if _, ok, err := db.ASN(addr); ok || !errors.Is(err, mmdb.ErrAbsent) {
		t.Errorf("ASN: %t, %v, want ErrAbsent", ok, err)
	}
	if got := db.Missing(); len(got) != 1 || got[0] != mmdb.ASNFile {
		t.Errorf("missing %q, want %q", got, mmdb.ASNFile)
	}
}

func TestAFourOnlyDatabaseKnowsNoSix(t *testing.T) {
	db, err := mmdb.Open(folder(mmdb.CityFile, build(t, "City", mmdbtype.Map{})))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := db.City(netip.MustParseAddr("2001:4860:4860::8888")); ok || err != nil {
		t.Errorf("found %t, error %v, want neither", ok, err)
	}
	if _, ok, err := db.City(netip.Addr{}); ok || err != nil {
		t.Errorf("no address: found %t, error %v, want neither", ok, err)
	}
}

func TestGarbage(t *testing.T) {
	dir, _ := testx.Hostile(t)
	data, err := os.ReadFile(filepath.Join(dir, "mmdb_garbage.mmdb"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mmdb.Open(folder(mmdb.CityFile, data)); err == nil || !strings.Contains(err.Error(), "not a sound MaxMind database") {
		t.Errorf("error %v, want that it is not sound", err)
	}
}

// Whatever bytes a database has, opening it and asking it ends, with an answer or an error.
func FuzzOpen(f *testing.F) {
	for _, name := range []string{mmdb.CityFile, mmdb.ASNFile} {
		data, err := fs.ReadFile(fixture.Own(), name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("\x00\x00\xab\xcd\xefMaxMind.com\xe9" + strings.Repeat("\xff", 64)))
	f.Fuzz(func(t *testing.T, data []byte) {
		db, err := mmdb.Open(folder(mmdb.CityFile, data))
		if err != nil {
			return
		}
		for _, a := range []string{"1.2.3.4", "255.255.255.255", "::", "2001:db8::1"} {
			if c, ok, err := db.City(netip.MustParseAddr(a)); ok && err != nil {
				t.Fatalf("%s: found %+v and failed: %v", a, c, err)
			}
		}
	})
}

func BenchmarkCity(b *testing.B) {
	db, err := mmdb.Open(fixture.Own())
	if err != nil {
		b.Fatal(err)
	}
	addr := netip.MustParseAddr("1.2.3.4")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := db.City(addr); err != nil {
			b.Fatal(err)
		}
	}
}
