// Package admin serves the administration API: all that the command line does, as JSON over HTTP under /admin/v1.
//
// Who may call is decided here and nowhere else, since the handler also hangs in the local API's own server: over the
// Unix socket in the state folder, the user that the program runs as and root; over TCP, whoever holds a token. A
// bouncer's key or a machine's login opens nothing. Every action, failed ones too, goes to the audit log.
//
// What the routes mean is written in package client, whose types are the JSON of both sides. It makes no decisions and
// ends none by itself: package decide does.
//
// Start from [New].
package admin
