-- Statements that analysts ran: each sees their own. The audit has that they ran; this
-- is what they look back on, and it is cleared as it grows old.
CREATE TABLE sql_runs (
    login      TEXT NOT NULL,     -- whose it is
    id         TEXT NOT NULL,     -- as the caller or the server named it
    statement  TEXT NOT NULL,
    format     TEXT NOT NULL,     -- json, csv, …
    started_at TEXT NOT NULL,
    ended_at   TEXT,              -- NULL while it runs, or when its server ended with it
    outcome    TEXT NOT NULL,     -- running, done, failed or cancelled
    code       TEXT NOT NULL,     -- of the fault; '' without
    row_count  INTEGER NOT NULL,  -- rows of the result
    rows_read  INTEGER NOT NULL,
    took_ms    INTEGER NOT NULL,
    PRIMARY KEY (login, id)
);
CREATE INDEX sql_runs_by_start ON sql_runs (login, started_at);
