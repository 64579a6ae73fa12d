-- What was wrong and told to an owner: open until it is right again.
CREATE TABLE alerts (
    id        INTEGER PRIMARY KEY,
    subject   TEXT NOT NULL,           -- "job pull registry", "data of registry"
    opened_at TEXT NOT NULL,
    closed_at TEXT,
    evidence  TEXT NOT NULL -- of what was seen last: older sights change nothing
);
-- One thing is wrong once, however many processes see it.
CREATE UNIQUE INDEX alerts_open ON alerts (subject) WHERE closed_at IS NULL;

CREATE INDEX alerts_by_subject ON alerts (subject, closed_at);

-- Messages to send, written together with the alert they tell of.
CREATE TABLE messages (
    id          INTEGER PRIMARY KEY,
    alert_id    INTEGER NOT NULL REFERENCES alerts (id),
    mark        TEXT NOT NULL UNIQUE,  -- the same in every try, so that a receiver can tell a repeat
    channel     TEXT NOT NULL,         -- email | webhook
    recipient   TEXT NOT NULL,
    body        TEXT NOT NULL,         -- JSON
    outcome     TEXT NOT NULL,         -- waiting | sending | sent | failed
    attempts    INTEGER NOT NULL DEFAULT 0,
    created_at  TEXT NOT NULL,
    next_try_at TEXT NOT NULL,
    claimed_by  TEXT NOT NULL DEFAULT '',
    ended_at    TEXT,
    cause       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX messages_open ON messages (outcome, next_try_at) WHERE outcome IN ('waiting', 'sending');
