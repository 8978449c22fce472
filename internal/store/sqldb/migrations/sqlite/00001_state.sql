-- +goose Up

-- Times are milliseconds since 1970, 0 for none, unless said otherwise. Flags and places are explained in rows.go and
-- place.go.

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters VALUES ('seq', 0), ('alert', 0), ('kind', 0), ('bouncer', 0), ('audit', 0), ('usage', 0);

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- What many decisions share.
CREATE TABLE kinds (
    id        INTEGER PRIMARY KEY,
    origin    TEXT NOT NULL,
    type      TEXT NOT NULL,
    scope     TEXT NOT NULL,
    scenario  TEXT NOT NULL,
    simulated INTEGER NOT NULL
);

-- The narrow part of alerts, which filters read. Their decisions have the ids from first on.
CREATE TABLE alerts (
    id       INTEGER PRIMARY KEY,
    uuid     BLOB NOT NULL,
    created  INTEGER NOT NULL,
    started  INTEGER NOT NULL, -- nanoseconds
    active   INTEGER NOT NULL, -- until when a decision of it is in force
    first    INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    flags    INTEGER NOT NULL,
    place    BLOB NOT NULL,
    scope    TEXT NOT NULL,
    value    TEXT NOT NULL,
    scenario TEXT NOT NULL,
    machine  TEXT NOT NULL,
    kind     TEXT NOT NULL
);
CREATE INDEX alerts_place ON alerts (place);
CREATE INDEX alerts_scenario ON alerts (scenario);
CREATE INDEX alerts_machine ON alerts (machine);
CREATE INDEX alerts_started ON alerts (started);
CREATE INDEX alerts_active ON alerts (active) WHERE active <> 0;

-- The wide part.
CREATE TABLE bodies (
    alert INTEGER PRIMARY KEY,
    head  BLOB NOT NULL,
    tail  BLOB
);

-- With which decisions an alert was made.
CREATE TABLE alert_kinds (
    alert INTEGER NOT NULL,
    kind  INTEGER NOT NULL,
    PRIMARY KEY (alert, kind)
) WITHOUT ROWID;
CREATE INDEX alert_kinds_kind ON alert_kinds (kind);

-- The uuids of alerts, those of alerts that are gone included.
CREATE TABLE uuids (
    uuid  BLOB PRIMARY KEY,
    alert INTEGER NOT NULL,
    gone  INTEGER
) WITHOUT ROWID;
CREATE INDEX uuids_gone ON uuids (gone) WHERE gone IS NOT NULL;

-- Decisions. An id is the number of the change that it began with.
CREATE TABLE decisions (
    id       INTEGER PRIMARY KEY,
    alert    INTEGER NOT NULL, -- 0 when it is gone
    kind     INTEGER NOT NULL,
    place    BLOB NOT NULL,
    until    INTEGER NOT NULL,
    begun    INTEGER NOT NULL,
    flags    INTEGER NOT NULL,
    end_seq  INTEGER, -- of the change that ended it
    ended    INTEGER,
    uuid     BLOB, -- NULL for one that the id says
    spelling TEXT  -- of the value, NULL for the usual one
);
CREATE INDEX decisions_place ON decisions (place);
CREATE INDEX decisions_end ON decisions (end_seq) WHERE end_seq IS NOT NULL;

CREATE TABLE machines (
    name      TEXT PRIMARY KEY,
    password  TEXT NOT NULL,
    auth      TEXT NOT NULL,
    validated INTEGER NOT NULL,
    ip        TEXT NOT NULL,
    version   TEXT NOT NULL,
    os        TEXT NOT NULL,
    scenarios TEXT NOT NULL, -- JSON
    created   INTEGER NOT NULL,
    updated   INTEGER NOT NULL,
    heartbeat INTEGER NOT NULL,
    push      INTEGER NOT NULL,
    login     INTEGER NOT NULL,
    epoch     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE bouncers (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    key         TEXT NOT NULL,
    auth        TEXT NOT NULL,
    ip          TEXT NOT NULL,
    type        TEXT NOT NULL,
    version     TEXT NOT NULL,
    os          TEXT NOT NULL,
    parent      TEXT NOT NULL,
    created     INTEGER NOT NULL,
    seen        INTEGER NOT NULL,
    pull        INTEGER NOT NULL,
    cursor_seq  INTEGER NOT NULL,
    cursor_time INTEGER NOT NULL
);

CREATE TABLE allowlists (
    name        TEXT PRIMARY KEY,
    id          TEXT NOT NULL,
    description TEXT NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE allow_items (
    list    TEXT NOT NULL REFERENCES allowlists (name) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    value   TEXT NOT NULL,
    comment TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (list, ordinal)
) WITHOUT ROWID;

CREATE TABLE tokens (
    name    TEXT PRIMARY KEY,
    hash    TEXT NOT NULL,
    role    TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    who    TEXT NOT NULL,
    role   TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT NOT NULL,
    failed INTEGER NOT NULL
);
CREATE INDEX audit_at ON audit (at);

CREATE TABLE reports (
    id   INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    at   INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX reports_of ON reports (kind, name, at);
CREATE INDEX reports_at ON reports (at);
