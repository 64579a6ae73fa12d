CREATE TABLE job_runs (
    id         INTEGER PRIMARY KEY,
    job        TEXT NOT NULL,
    trigger    TEXT NOT NULL,   -- schedule | start | command
    due_at     TEXT NOT NULL,   -- RFC 3339, UTC
    started_at TEXT,
    ended_at   TEXT,
    outcome    TEXT NOT NULL,   -- running | done | failed | skipped
    cause      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX job_runs_by_job ON job_runs (job, id);
