// Package sqldb is a store in an SQL database: SQLite in one file.
package sqldb
