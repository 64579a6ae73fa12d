-- Who a provider of sign-in (OpenID Connect) knows people as. Mail addresses and names
-- change hands there; an issuer and a subject never do.
CREATE TABLE identities (
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    login      TEXT NOT NULL REFERENCES people (login),
    created_at TEXT NOT NULL,
    seen_at    TEXT NOT NULL,        -- when they last signed in by it
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, login)
);

-- Ways through the provider that have come back: none comes back twice.
CREATE TABLE used_states (
    hash    TEXT PRIMARY KEY,        -- SHA-256 of the state
    ends_at TEXT NOT NULL            -- after then it would be refused anyhow
);

-- What the provider is shown when the person signs out there, too.
ALTER TABLE sessions ADD COLUMN hint TEXT NOT NULL DEFAULT '';
