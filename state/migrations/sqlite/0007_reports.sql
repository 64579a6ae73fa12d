-- The life of reports: each paper with every step it took, what it was made from
-- and, once it is issued, the files that left the office. Nothing here is changed
-- or taken away but files that nothing names.
CREATE TABLE reports (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    subject    TEXT NOT NULL,        -- what its versions share: definition, period, parameters
    definition TEXT NOT NULL,        -- id of its definition
    period     TEXT NOT NULL,        -- 2025, 2025-Q1
    parameters TEXT NOT NULL,        -- canonical JSON
    made_at    TEXT NOT NULL
);
CREATE INDEX reports_by_subject ON reports (subject, id);
-- What people did to it, in order; its status is that of the last step.
CREATE TABLE report_steps (
    report_id INTEGER NOT NULL REFERENCES reports (id),
    step      INTEGER NOT NULL,      -- from 1 on
    act       TEXT NOT NULL,         -- drafted, redrafted, submitted, approved, returned, issued or superseded
    status    TEXT NOT NULL,         -- draft, in_review, approved, issued or superseded
    person    TEXT NOT NULL,         -- as they gave their name
    remark    TEXT NOT NULL,
    at        TEXT NOT NULL,
    PRIMARY KEY (report_id, step)
);
-- Each time it was made, from what, and what it lacked.
CREATE TABLE report_builds (
    report_id          INTEGER NOT NULL REFERENCES reports (id),
    build              INTEGER NOT NULL,  -- from 1 on
    as_of              TEXT NOT NULL,      -- moment of knowledge
    frozen             TEXT NOT NULL,     -- JSON: all it was made from beside the journal
    languages          TEXT NOT NULL,     -- vi,en
    definition_version TEXT NOT NULL,     -- of the report's definition
    definitions        TEXT NOT NULL,     -- version of the definitions of figures
    program            TEXT NOT NULL,     -- version of the program
    asked              TEXT NOT NULL,     -- JSON: the figures asked for, and their days
    lacks              TEXT NOT NULL,     -- JSON: why it may not leave the office
    made_by            TEXT NOT NULL,
    made_at            TEXT NOT NULL,
    PRIMARY KEY (report_id, build)
);
-- Contents of files by what they are: kept before any row names them.
CREATE TABLE report_contents (
    sha256  TEXT PRIMARY KEY,
    content BLOB NOT NULL,
    kept_at TEXT NOT NULL
);
CREATE TABLE report_files (
    report_id  INTEGER NOT NULL,
    build      INTEGER NOT NULL,
    language   TEXT NOT NULL,
    format     TEXT NOT NULL,        -- docx, xlsx, html, …, or model: the canonical JSON of the document
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    sha256     TEXT NOT NULL REFERENCES report_contents (sha256),
    size       INTEGER NOT NULL,
    PRIMARY KEY (report_id, build, language, format),
    FOREIGN KEY (report_id, build) REFERENCES report_builds (report_id, build)
);
CREATE INDEX report_files_by_content ON report_files (sha256);
-- What left the office. A subject has each version once, a year each number once.
CREATE TABLE report_issues (
    report_id  INTEGER PRIMARY KEY REFERENCES reports (id),
    subject    TEXT NOT NULL,
    version    INTEGER NOT NULL,     -- from 1 on
    build      INTEGER NOT NULL,
    number     TEXT NOT NULL,        -- given by the clerk
    year       INTEGER NOT NULL,     -- of issue, where the office is
    supersedes INTEGER REFERENCES reports (id),
    issued_at  TEXT NOT NULL,
    UNIQUE (subject, version),
    UNIQUE (number, year),
    FOREIGN KEY (report_id, build) REFERENCES report_builds (report_id, build)
);
