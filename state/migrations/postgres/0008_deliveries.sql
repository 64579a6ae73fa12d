-- What of an issued report goes to whom: a row for each report, which is one
-- version of its subject, and recipient, written together with the issue.
CREATE TABLE report_deliveries (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id   BIGINT NOT NULL REFERENCES report_issues (report_id),
    recipient   TEXT NOT NULL,         -- its name in the configuration
    mark        TEXT NOT NULL UNIQUE,  -- the same in every try: Message-ID, id of a webhook
    outcome     TEXT NOT NULL,         -- waiting | sending | uncertain | delivered | failed
    attempts    INTEGER NOT NULL DEFAULT 0, -- since it was last asked for
    created_at  TIMESTAMPTZ NOT NULL,
    next_try_at TIMESTAMPTZ NOT NULL,  -- of one that is being sent: until when its claim holds
    claimed_by  TEXT NOT NULL DEFAULT '',
    handed_at   TIMESTAMPTZ,           -- just before the recipient could take it: what became of it is not known
    ended_at    TIMESTAMPTZ,
    cause_vi    TEXT NOT NULL DEFAULT '',
    cause_en    TEXT NOT NULL DEFAULT '',
    UNIQUE (report_id, recipient)
);
CREATE INDEX report_deliveries_open ON report_deliveries (outcome, next_try_at) WHERE outcome IN ('waiting', 'sending');
