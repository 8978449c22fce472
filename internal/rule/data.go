package rule

import (
	"time"

	"tocsin.example/internal/diag"
)

// DataType is what a data file holds, which decides who can read it.
type DataType string

// The types of data files.
const (
	// DataFile is only put in place: a GeoIP database, a list that an outside program reads.
	DataFile DataType = ""
	// DataString is a list of lines, for File().
	DataString DataType = "string"
	// DataRegexp is a list of regular expressions, for RegexpInFile(). "regex" means the same.
	DataRegexp DataType = "regexp"
	// DataMap is JSON lines of pattern, tag and type, for LookupFile() and FileMap().
	DataMap DataType = "map"
	// DataBots is JSON lines that describe well-known robots, for MatchKnownBot().
	DataBots DataType = "bots"
)

// ParseDataType reads the `type:` of a data entry.
func ParseDataType(s string) (DataType, bool) {
	switch t := DataType(s); t {
	case "regex":
		return DataRegexp, true
	case DataFile, DataString, DataRegexp, DataMap, DataBots:
		return t, true
	}
	return "", false
}

// Data is one entry of a rule's `data:` list, as written. The loader judges it.
type Data struct {
	Place     diag.Place `yaml:"-,place"`
	SourceURL string     `yaml:"source_url"`
	DestFile  string     `yaml:"dest_file"` // the name by which expressions call it
	Type      string     `yaml:"type"`      // see ParseDataType
	// The cache of answers that a rule may ask for with type regexp: any of these given switches it on unless cache is
	// false. They change speed, never answers.
	Cache    *bool         `yaml:"cache"`
	Strategy string        `yaml:"strategy"` // LRU, LFU or ARC
	Size     *int          `yaml:"size"`     // in entries, 50 when absent
	TTL      time.Duration `yaml:"ttl"`
}
