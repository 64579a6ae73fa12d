-- What the office writes beside figures. A note is its revisions: each holds the
-- whole of it as it was from then on, and none is ever changed, so that a report
-- that was issued can be explained by what it said then.
CREATE TABLE notes (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE TABLE note_revisions (
    note_id     BIGINT NOT NULL REFERENCES notes (id),
    revision    INTEGER NOT NULL,        -- from 1 on
    indicator   TEXT NOT NULL,           -- name of an indicator or a measure; '' when it is about something else
    event_id    TEXT NOT NULL,           -- '' when it is about something else; both empty: all figures of its days
    event_title TEXT NOT NULL,           -- as it was known when this was written
    from_day    TEXT NOT NULL,           -- 2026-12-01
    to_day      TEXT NOT NULL,           -- the day after the last one
    text_vi     TEXT NOT NULL,
    text_en     TEXT NOT NULL,           -- '' when nobody has written it
    office      TEXT NOT NULL,           -- who wrote it: an office or a unit, never a person's account
    written_at  TIMESTAMPTZ NOT NULL,
    taken_down  INTEGER NOT NULL,        -- 1 when it stands no more from then on
    PRIMARY KEY (note_id, revision)
);
