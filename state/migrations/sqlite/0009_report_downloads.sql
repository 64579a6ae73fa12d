-- Who took a file of a report along, when. Rows are added only.
CREATE TABLE report_downloads (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    report_id INTEGER NOT NULL,
    build     INTEGER NOT NULL,
    language  TEXT NOT NULL,
    format    TEXT NOT NULL,
    person    TEXT NOT NULL,         -- as they gave their name; '' when they gave none
    at        TEXT NOT NULL,
    FOREIGN KEY (report_id, build, language, format) REFERENCES report_files (report_id, build, language, format)
);
CREATE INDEX report_downloads_by_report ON report_downloads (report_id, id);
