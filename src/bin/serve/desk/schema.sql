-- Version 1. Times are milliseconds since 1970.
CREATE TABLE comments (
    n INTEGER PRIMARY KEY,
    key BLOB UNIQUE,                    -- of the caller's identifier and the text
    id TEXT, text TEXT NOT NULL, author TEXT, story TEXT, parent TEXT, link TEXT, time TEXT,
    door TEXT NOT NULL, received INTEGER NOT NULL,
    model TEXT NOT NULL, judged TEXT NOT NULL, abusive REAL, action TEXT NOT NULL, reason TEXT NOT NULL,
    rule TEXT, note TEXT, named_kinds TEXT NOT NULL, publish_below REAL, reject_above REAL,
    threat INTEGER NOT NULL, editors INTEGER NOT NULL,
    sampling REAL,                      -- probability with which it was drawn from all traffic; none: chosen for what it is
    waiting INTEGER NOT NULL,           -- for a decision
    decision TEXT, why TEXT, label TEXT, kinds TEXT, decided_by TEXT, decided_at INTEGER,
    read_by TEXT, read_at INTEGER,
    batch INTEGER,                      -- last action of a person
    claimed_by TEXT, claimed_until INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX threats ON comments (n) WHERE waiting = 1 AND threat = 1;
CREATE INDEX held ON comments (n) WHERE waiting = 1 AND threat = 0;
CREATE INDEX criticism ON comments (n) WHERE editors = 1 AND read_at IS NULL;
CREATE INDEX spots ON comments (n) WHERE sampling IS NOT NULL AND label IS NULL;
CREATE INDEX labelled ON comments (decided_at) WHERE label IS NOT NULL;
CREATE INDEX by_id ON comments (id) WHERE id IS NOT NULL;
CREATE INDEX by_author ON comments (author, n) WHERE author IS NOT NULL;
CREATE INDEX by_rule ON comments (rule, n) WHERE waiting = 1 AND rule IS NOT NULL;
CREATE INDEX claims ON comments (claimed_by) WHERE claimed_until > 0;
CREATE INDEX by_age ON comments (received);

CREATE TABLE skips (who TEXT NOT NULL, comment INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (who, comment))
    WITHOUT ROWID;

-- What anybody did, without text of comments.
CREATE TABLE audit (
    n INTEGER PRIMARY KEY,
    at INTEGER NOT NULL, who TEXT NOT NULL, act TEXT NOT NULL, comment INTEGER, id TEXT,
    why TEXT, label TEXT, kinds TEXT, model TEXT, abusive REAL, publish_below REAL, reject_above REAL,
    batch INTEGER, before TEXT, undone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX audit_batch ON audit (batch) WHERE batch IS NOT NULL;
CREATE INDEX audit_people ON audit (n) WHERE who <> 'naqd';
CREATE INDEX audit_who ON audit (who, n) WHERE batch IS NOT NULL AND undone = 0;
CREATE INDEX audit_comment ON audit (comment) WHERE comment IS NOT NULL;

CREATE TABLE people (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, locked INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0, locked_until INTEGER NOT NULL DEFAULT 0, made INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE sessions (
    token BLOB PRIMARY KEY,             -- hash of it
    who TEXT NOT NULL, form TEXT NOT NULL, began INTEGER NOT NULL, seen INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_who ON sessions (who);

CREATE TABLE models (version TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
