package sqldb

import (
	"encoding/hex"
	"strings"
)

// dialect is what databases spell differently. All statements are written for it: with '?' for arguments, with the words
// below where they differ, and else in the SQL that SQLite, PostgreSQL and MySQL share.
type dialect struct {
	name   string // of the folder of migrations, and goose's name for it
	driver string // of database/sql
	// begin starts a transaction that holds the lock under which numbers are given, so that their order is commit order.
	begin string
	// blob is a constant.
	blob func(b []byte) string
	// scan keeps a column's index from being used, where the planner would take it although most rows match.
	scan func(column string) string
	// take is the end of an INSERT INTO uuids that takes over a uuid whose tombstone is old enough (the last argument), and
	// else changes nothing.
	take string
	// put is the end of an INSERT that writes over the value of a row with the same name.
	put string
	// used is how many bytes are in use, unused how many pages could be given back, giveBack gives some back.
	used, unused, giveBack string
	// copyTo writes a copy of the database into a file.
	copyTo string
}

func sqliteDialect() dialect {
	return dialect{
		name:     "sqlite",
		driver:   "sqlite",
		begin:    "BEGIN IMMEDIATE",
		blob:     func(b []byte) string { return "x'" + hex.EncodeToString(b) + "'" },
		scan:     func(column string) string { return "+" + column },
		take:     "ON CONFLICT (uuid) DO UPDATE SET alert = excluded.alert, gone = NULL WHERE gone <= ?",
		put:      "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		used:     "SELECT (p.page_count - f.freelist_count) * s.page_size FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s",
		unused:   "SELECT f.freelist_count, p.page_count FROM pragma_freelist_count f, pragma_page_count p",
		giveBack: "PRAGMA incremental_vacuum(512)",
		copyTo:   "VACUUM INTO ?",
	}
}

// blobs lists constants for IN.
func (d dialect) blobs(list [][]byte) string {
	var b strings.Builder
	for i, v := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(d.blob(v))
	}
	return b.String()
}
