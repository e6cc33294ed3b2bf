-- Version 2: what came of each comparison of a new model with the one in use, as JSON and without text of comments.
CREATE TABLE comparisons (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, found TEXT NOT NULL);
