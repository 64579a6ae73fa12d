-- Authenticators (TOTP) that people have beside their password.
CREATE TABLE authenticators (
    login        TEXT PRIMARY KEY REFERENCES people (login),
    secret       TEXT NOT NULL,    -- sealed with the key of the data folder
    made_at      TEXT NOT NULL,
    confirmed_at TEXT,              -- NULL while its first code has not been typed: it is not asked for
    last_step    INTEGER NOT NULL   -- of the newest code that was taken: none counts twice
);

-- Codes that stand in for an authenticator that is lost, each once.
CREATE TABLE recovery_codes (
    login   TEXT NOT NULL REFERENCES people (login),
    hash    TEXT NOT NULL,         -- SHA-256
    used_at TEXT,
    PRIMARY KEY (login, hash)
);
