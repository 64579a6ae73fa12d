-- What is known of each job beside the configuration.
CREATE TABLE jobs (
    job           TEXT PRIMARY KEY,
    schedule      TEXT NOT NULL DEFAULT '', -- as written in the configuration
    catch_up      TEXT NOT NULL DEFAULT '',
    follows       TEXT NOT NULL DEFAULT '', -- jobs it waits for, one a line
    first_seen_at TEXT,
    planned_to    TEXT,                   -- newest due time that has its row; the next one follows from it
    next_due_at   TEXT,
    paused_at     TEXT,
    paused_by     TEXT NOT NULL DEFAULT '',
    retired_at    TEXT                    -- when it went from the configuration
);

-- The schedule ledger: a row for each due time, whether or not it ran.
CREATE TABLE runs (
    id          INTEGER PRIMARY KEY,
    job         TEXT NOT NULL,
    trigger     TEXT NOT NULL,              -- schedule | catch-up | chain | start | command
    due_at      TEXT NOT NULL,
    attempt     INTEGER NOT NULL DEFAULT 1, -- higher when a run that was cut off is taken again
    outcome     TEXT NOT NULL,              -- due | running | done | failed | skipped | missed
    not_before  TEXT NOT NULL,            -- the due time and its jitter
    claimed_by  TEXT NOT NULL DEFAULT '',
    lease_until TEXT,                     -- a running row that is older than this was cut off
    started_at  TEXT,
    ended_at    TEXT,
    reason      TEXT NOT NULL DEFAULT '',   -- why it did not run or did not end well, as a word
    cause       TEXT NOT NULL DEFAULT ''    -- the same in full, for people
);
-- A due time has one row, however many processes look at the clock.
CREATE UNIQUE INDEX runs_once ON runs (job, due_at, attempt) WHERE trigger IN ('schedule', 'catch-up', 'chain');
-- A job runs once at a time, whoever runs it.
CREATE UNIQUE INDEX runs_alone ON runs (job) WHERE outcome = 'running';
CREATE INDEX runs_open ON runs (outcome, not_before) WHERE outcome IN ('due', 'running');
CREATE INDEX runs_by_job ON runs (job, id);
CREATE INDEX runs_by_due ON runs (job, outcome, due_at);

INSERT INTO runs (job, trigger, due_at, outcome, not_before, started_at, ended_at, reason, cause)
SELECT job, trigger, due_at, outcome, due_at, started_at, ended_at, '', cause FROM job_runs WHERE trigger IN ('start', 'command') AND outcome <> 'running' ORDER BY id;
INSERT INTO runs (job, trigger, due_at, outcome, not_before, started_at, ended_at, reason, cause)
SELECT job, trigger, min(due_at), min(outcome), min(due_at), min(started_at), min(ended_at), '', min(cause) FROM job_runs WHERE trigger = 'schedule' AND outcome <> 'running' GROUP BY job, trigger, due_at ORDER BY min(id);
DROP TABLE job_runs;
