-- Figures as they may be published, with every total: filled from the answers of the
-- indicators service to a caller without rights, and swapped in whole.
-- ORDER BY: read by measure and grain, then by period.
CREATE TABLE IF NOT EXISTS public_figures
(
    measure     LowCardinality(String),
    grain       LowCardinality(String),
    period      LowCardinality(String),
    starts_on   Date,
    discipline  LowCardinality(String),
    area        LowCardinality(String),
    value       Nullable(Float64),
    status      LowCardinality(String),
    known_at    DateTime64(3, 'UTC'),
    simulated   UInt8,
    edition     String
)
ENGINE = MergeTree
ORDER BY (measure, grain, starts_on, discipline, area);
