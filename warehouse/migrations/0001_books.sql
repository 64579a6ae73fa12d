-- The batch book: one row for each state a pull's batch went through.
-- ORDER BY batch_id: looked up by id; the newest version of a row wins.
CREATE TABLE IF NOT EXISTS batches
(
    batch_id     String,
    source       LowCardinality(String),
    dataset      LowCardinality(String),
    state        LowCardinality(String),
    owner        String,
    started_at   DateTime64(3, 'UTC'),
    updated_at   DateTime64(6, 'UTC'),
    recorded_at  DateTime64(3, 'UTC'),
    watermark    String,
    cause        LowCardinality(String),
    error        String,
    read         Int64,
    accepted     Int64,
    rejected     Int64,
    duplicates   Int64,
    added        Int64,
    corrected    Int64,
    retracted    Int64,
    unchanged    Int64
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY batch_id;

-- Rejected rows with their reason. The same faulty record read again by the next
-- pull is the same row here; it is closed when the record is accepted at last.
-- ORDER BY: listed by source and dataset; the rest identifies the fault.
CREATE TABLE IF NOT EXISTS quarantine
(
    source      LowCardinality(String),
    dataset     LowCardinality(String),
    record_id   String,
    place       String,
    field       LowCardinality(String),
    reason      LowCardinality(String),
    value       String,
    expected    String,
    raw         String,
    batch_id    String,
    seen_at     DateTime64(3, 'UTC'),
    closed      UInt8,
    version     UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, dataset, record_id, field, reason, if(record_id = '', place, ''));

-- What is known of each source itself. ORDER BY source: one line each, the newest wins.
CREATE TABLE IF NOT EXISTS sources
(
    source     LowCardinality(String),
    simulated  UInt8,
    updated_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY source;
