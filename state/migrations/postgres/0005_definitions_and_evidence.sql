-- Each set of definitions that was ever in force, so that an old number can be
-- worked out and explained by what it meant then.
CREATE TABLE definition_versions (
    version TEXT PRIMARY KEY,      -- as answers name it
    content BYTEA NOT NULL,         -- the documents, packed
    seen_at TIMESTAMPTZ NOT NULL     -- when it was first in force
);
-- Which of them was in force from when on; a set may come back.
CREATE TABLE definitions_in_force (
    since   TIMESTAMPTZ PRIMARY KEY,
    version TEXT NOT NULL REFERENCES definition_versions (version)
);
-- Every question whose answer left the product, under the id that its numbers carry.
CREATE TABLE evidence (
    id             TEXT PRIMARY KEY,
    question       TEXT NOT NULL,          -- canonical JSON
    as_of          TIMESTAMPTZ NOT NULL,   -- the moment of knowledge
    version        TEXT NOT NULL,          -- of the definitions
    first_asked_at TIMESTAMPTZ NOT NULL
);
