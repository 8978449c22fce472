//go:build !race

package traffic_test

// What the built-in rules cannot do yet. The tests fail when a table is wrong in either direction, so that whoever writes a
// rule takes its lines out, and what was found once is never lost.

// unread are the types of logs that no rule reads.
var unread = []string{"apache2", "caddy", "mysql", "nextcloud", "postgres", "traefik", "vaultwarden", "vsftpd"}

// banned are the benign classes in which somebody is banned, and by which scenarios.
var banned = map[string]string{
	"crawler":  "tocsin/http-probing",
	"dav":      "tocsin/http-probing",
	"forge":    "tocsin/http-sensitive-files",
	"packages": "tocsin/http-probing",
	"photos":   "tocsin/http-probing",
	"relaunch": "tocsin/http-probing",
}

// missing are the attackers that are not found.
var missing = map[string]string{
	"admin-pages":      "IPv6",
	"apache-fast":      "IPv4 IPv6",
	"basic-fast":       "IPv4 IPv6",
	"crawl":            "IPv4 IPv6",
	"flood":            "IPv4 IPv6",
	"flood-posts":      "IPv4 IPv6",
	"flood-random":     "IPv4 IPv6",
	"form-fast":        "IPv4 IPv6",
	"form-slow":        "IPv4 IPv6",
	"ftp-fast":         "IPv4 IPv6",
	"harvest":          "IPv4 IPv6",
	"holes":            "IPv4 IPv6",
	"imap-fast":        "IPv4 IPv6",
	"imap-names":       "IPv4 IPv6",
	"imap-slow":        "IPv4 IPv6",
	"injection":        "IPv4 IPv6",
	"mysql-fast":       "IPv4 IPv6",
	"nextcloud-fast":   "IPv4 IPv6",
	"ports-fast":       "IPv4 IPv6",
	"ports-slow":       "IPv4 IPv6",
	"postgres-fast":    "IPv4 IPv6",
	"probing":          "IPv6",
	"probing-slow":     "IPv4 IPv6",
	"proxy":            "IPv4 IPv6",
	"relay":            "IPv4 IPv6",
	"scripting":        "IPv4 IPv6",
	"secrets":          "IPv6",
	"secrets-slow":     "IPv6",
	"shells":           "IPv6",
	"smtp-fast":        "IPv4 IPv6",
	"ssh-account":      "account",
	"ssh-fast":         "IPv6",
	"ssh-keys":         "IPv6",
	"ssh-names":        "IPv6",
	"ssh-range":        "IPv4 IPv6",
	"ssh-slow":         "IPv6",
	"ssh-timeouts":     "IPv4 IPv6",
	"tools":            "IPv4 IPv6",
	"traversal":        "IPv4 IPv6",
	"vaultwarden-fast": "IPv4 IPv6",
	"wordpress-fast":   "IPv4 IPv6",
	"wp-plugins":       "IPv4 IPv6",
	"wp-users":         "IPv4 IPv6",
	"xmlrpc-fast":      "IPv4 IPv6",
}
