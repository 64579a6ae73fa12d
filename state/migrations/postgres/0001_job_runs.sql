-- The first form of the ledger, as SQLite had it; 0002 takes its place.
CREATE TABLE job_runs (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job        TEXT NOT NULL,
    trigger    TEXT NOT NULL,
    due_at     TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    ended_at   TIMESTAMPTZ,
    outcome    TEXT NOT NULL,
    cause      TEXT NOT NULL DEFAULT ''
);
