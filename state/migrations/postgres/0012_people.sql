-- Who may use the observatory, and what they did. Secrets are never kept: of passwords
-- an argon2id hash, of sessions, links and tokens the SHA-256.
CREATE TABLE people (
    login       TEXT PRIMARY KEY,  -- lower case; never given to another person
    name        TEXT NOT NULL,     -- as reports and notes print it
    roles       TEXT NOT NULL,     -- JSON list
    areas       TEXT NOT NULL,     -- JSON list of area codes that a clerk is of
    disabled    INTEGER NOT NULL,  -- 1 when the person may not sign in
    password    TEXT NOT NULL,     -- argon2id with its parameters; '' while none was set
    password_at TIMESTAMPTZ,                -- when it was set
    created_at  TIMESTAMPTZ NOT NULL
);

-- Browsers that are signed in.
CREATE TABLE sessions (
    hash     TEXT PRIMARY KEY,     -- SHA-256 of the secret in the cookie
    login    TEXT NOT NULL REFERENCES people (login),
    way      TEXT NOT NULL,        -- password or link
    began_at TIMESTAMPTZ NOT NULL,
    seen_at  TIMESTAMPTZ NOT NULL,          -- to the minute
    ends_at  TIMESTAMPTZ NOT NULL,          -- whatever the person does
    address  TEXT NOT NULL,        -- from where it began
    browser  TEXT NOT NULL         -- what the browser said it is
);
CREATE INDEX sessions_by_login ON sessions (login);

-- One-time links that sign a person in.
CREATE TABLE signin_links (
    hash    TEXT PRIMARY KEY,      -- SHA-256 of the secret in the link
    login   TEXT NOT NULL REFERENCES people (login),
    ends_at TIMESTAMPTZ NOT NULL
);

-- Secrets by which programs ask the API in a person's name.
CREATE TABLE tokens (
    id         TEXT PRIMARY KEY,   -- names it in lists; no secret
    hash       TEXT NOT NULL UNIQUE,
    login      TEXT NOT NULL REFERENCES people (login),
    name       TEXT NOT NULL,      -- what it is for
    rights     TEXT NOT NULL,      -- JSON list: no more than these, and never more than the person has
    created_at TIMESTAMPTZ NOT NULL,
    ends_at    TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX tokens_by_login ON tokens (login);

-- From where each token was used.
CREATE TABLE token_uses (
    token    TEXT NOT NULL REFERENCES tokens (id),
    address  TEXT NOT NULL,
    first_at TIMESTAMPTZ NOT NULL,
    last_at  TIMESTAMPTZ NOT NULL,          -- to the minute
    PRIMARY KEY (token, address)
);

-- Attempts to sign in that have not come to a good end, by account and by address.
CREATE TABLE signin_attempts (
    kind     TEXT NOT NULL,        -- account or address
    subject  TEXT NOT NULL,        -- the login as typed, known or not; or the address
    attempts INTEGER NOT NULL,
    last_at  TIMESTAMPTZ NOT NULL,
    until_at TIMESTAMPTZ NOT NULL,          -- before then none is looked at
    PRIMARY KEY (kind, subject)
);

-- What people did: only ever added to, each row sealed with the one before it.
CREATE TABLE audit (
    seq      BIGINT PRIMARY KEY,     -- 1, 2, 3 without a gap
    at       TIMESTAMPTZ NOT NULL,
    actor    TEXT NOT NULL,        -- login; 'console' for the command line, '' for nobody known
    act      TEXT NOT NULL,        -- report.approve
    object   TEXT NOT NULL,        -- what it was done to
    outcome  TEXT NOT NULL,        -- done, refused or failed
    address  TEXT NOT NULL,        -- from where
    detail   TEXT NOT NULL,
    previous TEXT NOT NULL,        -- hash of the row before; '' of the first
    hash     TEXT NOT NULL         -- SHA-256 of previous and the row's own content
);
CREATE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'the audit is only ever added to';
END
$body$;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_only_added_to();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added_to();
