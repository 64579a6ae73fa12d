-- The proof of each batch: what was told, read and done, as numbers. A step is one
-- line of the reckoning (told, read, accepted …), a measure is "rows", a field of the
-- contract or a raw column of the source ("column:" before its name).
-- ORDER BY batch_id first: always read for some batches.
CREATE TABLE IF NOT EXISTS batch_proofs
(
    batch_id    String,
    step        LowCardinality(String),
    measure     LowCardinality(String),
    amount      Decimal(76, 6),
    written_at  DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (batch_id, step, measure);

-- What is kept of the raw rows and files behind each batch, so that it can be loaded
-- again: where it lies below the archive's folder, and what it must hash to.
-- ORDER BY batch_id first: a batch's objects are looked up together.
CREATE TABLE IF NOT EXISTS raw_objects
(
    batch_id    String,
    path        String,
    kind        LowCardinality(String),
    sha256      String,
    bytes       Int64,
    rows        Int64,
    kept_at     DateTime64(3, 'UTC'),
    pruned_at   DateTime64(3, 'UTC') DEFAULT toDateTime64(0, 3, 'UTC'),
    written_at  DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (batch_id, path);

-- Backfills: how far each has come, so that one that was cut off goes on there.
-- ORDER BY: looked up by what is backfilled; the newest line wins.
CREATE TABLE IF NOT EXISTS backfills
(
    source      LowCardinality(String),
    dataset     LowCardinality(String),
    from_at     DateTime64(3, 'UTC'),
    to_at       DateTime64(3, 'UTC'),
    done_until  DateTime64(3, 'UTC'),
    state       LowCardinality(String),
    written_at  DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (source, dataset, from_at, to_at);
