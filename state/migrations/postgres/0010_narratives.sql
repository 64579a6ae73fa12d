-- The texts of reports that staff write. Every saving is a revision of its own and
-- none is ever changed: the text that holds is the highest revision.
CREATE TABLE narratives (
    definition TEXT NOT NULL,      -- id of the report's definition
    period     TEXT NOT NULL,      -- 2025, 2025-Q1
    parameters TEXT NOT NULL,      -- canonical JSON of what else narrows the report
    section    TEXT NOT NULL,      -- id of the text in the definition
    language   TEXT NOT NULL,      -- vi or en
    revision   INTEGER NOT NULL,   -- from 1 on
    text       TEXT NOT NULL,      -- canonical JSON of the rich text
    person     TEXT NOT NULL,      -- as they gave their name
    attempt    TEXT NOT NULL,      -- what the writer's browser called this saving; '' when it has no name
    written_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (definition, period, parameters, section, language, revision)
);
