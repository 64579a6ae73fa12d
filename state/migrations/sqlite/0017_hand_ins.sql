-- Files that clerks of wards handed in for them, and what became of each.
CREATE TABLE hand_ins (
    id         TEXT PRIMARY KEY,
    person     TEXT NOT NULL REFERENCES people (login),
    source     TEXT NOT NULL,
    dataset    TEXT NOT NULL,
    name       TEXT NOT NULL,     -- of the file
    sha256     TEXT NOT NULL,
    areas      TEXT NOT NULL,     -- JSON: codes of the areas that the person was clerk of then
    at         TEXT NOT NULL,
    ended_at   TEXT,              -- NULL while it is being loaded
    batch      TEXT NOT NULL,     -- that brought it; '' when none did
    failure_vi TEXT NOT NULL,     -- why none did
    failure_en TEXT NOT NULL
);
CREATE INDEX hand_ins_of_person ON hand_ins (person, at);
