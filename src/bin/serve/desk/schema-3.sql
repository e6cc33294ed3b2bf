-- Version 3: a comment that was edited since stays to learn from, and nobody decides on it; random numbers that a desk keeps.
ALTER TABLE comments ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO secrets VALUES ('spot checks', randomblob(32));
