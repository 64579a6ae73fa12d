-- Files of reports that people edited and handed back, beside the files as they were
-- made. Rows are added only; a file that is issued keeps who edited it and when.
CREATE TABLE report_edits (
    report_id INTEGER NOT NULL,
    build     INTEGER NOT NULL,
    language  TEXT NOT NULL,
    format    TEXT NOT NULL,
    source    TEXT NOT NULL REFERENCES report_contents (sha256),  -- SHA-256 of the file as it was made
    person    TEXT NOT NULL,         -- who handed it back, as they gave their name
    at        TEXT NOT NULL,
    PRIMARY KEY (report_id, build, language, format),
    FOREIGN KEY (report_id, build, language, format) REFERENCES report_files (report_id, build, language, format)
);
