-- Views of the explore page that people keep under a name.
CREATE TABLE saved_views (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner       TEXT NOT NULL REFERENCES people (login),
    name        TEXT NOT NULL,     -- NFC
    name_key    TEXT NOT NULL,     -- the name without regard to capitals: one of a kind for each owner
    description TEXT NOT NULL,
    query       TEXT NOT NULL,     -- the address of the view behind its question mark
    labels      TEXT NOT NULL,     -- JSON: what the names in it were called when it was kept
    shared      INTEGER NOT NULL,  -- 1 when everybody who is signed in may open it
    created_at  TIMESTAMPTZ NOT NULL,
    changed_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (owner, name_key)
);
