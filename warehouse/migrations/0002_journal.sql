-- The journal of members: every change as old values (sign -1) and new values (sign +1).
-- ORDER BY: small; read by record.
CREATE TABLE IF NOT EXISTS members_journal
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    name                   String,
    kind                   LowCardinality(String),
    organisation_type      LowCardinality(String),
    disciplines            Array(LowCardinality(String)),
    area                   LowCardinality(String),
    applied_on             Nullable(Date),
    accepted_on            Nullable(Date),
    certified_on           Nullable(Date),
    left_on                Nullable(Date),
    status                 LowCardinality(String),
    startup                Nullable(Bool),
    discipline             LowCardinality(String),
    row_hash               UInt64,
    sign                   Int8,
    recorded_at            DateTime64(3, 'UTC'),
    batch_id               LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (record_id);

-- The current state of members: the newest version of each record; a retraction hides it.
-- ORDER BY (source, record_id): a batch is compared with it by record.
CREATE TABLE IF NOT EXISTS members_current
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    name                   String,
    kind                   LowCardinality(String),
    organisation_type      LowCardinality(String),
    disciplines            Array(LowCardinality(String)),
    area                   LowCardinality(String),
    applied_on             Nullable(Date),
    accepted_on            Nullable(Date),
    certified_on           Nullable(Date),
    left_on                Nullable(Date),
    status                 LowCardinality(String),
    startup                Nullable(Bool),
    discipline             LowCardinality(String),
    row_hash               UInt64,
    version                UInt64,
    is_deleted             UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (source, record_id);

-- Of the two rows of a correction, which share a moment, the new values must win.
CREATE MATERIALIZED VIEW IF NOT EXISTS members_to_current TO members_current AS
SELECT * EXCEPT (sign, recorded_at, batch_id),
    toUInt64(toUnixTimestamp64Milli(recorded_at)) * 2 + (sign > 0) AS version,
    sign < 0 AS is_deleted
FROM members_journal;

-- The journal of activities: every change as old values (sign -1) and new values (sign +1).
-- ORDER BY: the filters leaders use most, then time.
-- PARTITION BY year: questions cover a few years of many, and a year is a part size that merges well.
CREATE TABLE IF NOT EXISTS activities_journal
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    member                 String,
    kind                   LowCardinality(String),
    discipline             LowCardinality(String),
    area                   LowCardinality(String),
    starts_on              Date,
    ends_on                Nullable(Date),
    participants           Nullable(Int64),
    international_partners Nullable(Int64),
    funding_vnd            Nullable(Int64),
    initiative             String,
    row_hash               UInt64,
    sign                   Int8,
    recorded_at            DateTime64(3, 'UTC'),
    batch_id               LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY toYear(happened_on)
ORDER BY (discipline, area, happened_on);

-- The current state of activities: the newest version of each record; a retraction hides it.
-- ORDER BY (source, record_id): a batch is compared with it by record.
CREATE TABLE IF NOT EXISTS activities_current
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    member                 String,
    kind                   LowCardinality(String),
    discipline             LowCardinality(String),
    area                   LowCardinality(String),
    starts_on              Date,
    ends_on                Nullable(Date),
    participants           Nullable(Int64),
    international_partners Nullable(Int64),
    funding_vnd            Nullable(Int64),
    initiative             String,
    row_hash               UInt64,
    version                UInt64,
    is_deleted             UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (source, record_id);

-- Of the two rows of a correction, which share a moment, the new values must win.
CREATE MATERIALIZED VIEW IF NOT EXISTS activities_to_current TO activities_current AS
SELECT * EXCEPT (sign, recorded_at, batch_id),
    toUInt64(toUnixTimestamp64Milli(recorded_at)) * 2 + (sign > 0) AS version,
    sign < 0 AS is_deleted
FROM activities_journal;

-- The journal of events: every change as old values (sign -1) and new values (sign +1).
-- ORDER BY: the filters leaders use most, then time.
-- PARTITION BY year: questions cover a few years of many, and a year is a part size that merges well.
CREATE TABLE IF NOT EXISTS events_journal
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    title                  String,
    series                 LowCardinality(String),
    edition                LowCardinality(String),
    organiser              String,
    venue                  String,
    area                   LowCardinality(String),
    disciplines            Array(LowCardinality(String)),
    starts_at              DateTime64(3, 'UTC'),
    ends_at                Nullable(DateTime64(3, 'UTC')),
    format                 LowCardinality(String),
    access                 LowCardinality(String),
    capacity               Nullable(Int64),
    international          Nullable(Bool),
    initiative             String,
    discipline             LowCardinality(String),
    row_hash               UInt64,
    sign                   Int8,
    recorded_at            DateTime64(3, 'UTC'),
    batch_id               LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY toYear(happened_on)
ORDER BY (discipline, area, happened_on);

-- The current state of events: the newest version of each record; a retraction hides it.
-- ORDER BY (source, record_id): a batch is compared with it by record.
CREATE TABLE IF NOT EXISTS events_current
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    title                  String,
    series                 LowCardinality(String),
    edition                LowCardinality(String),
    organiser              String,
    venue                  String,
    area                   LowCardinality(String),
    disciplines            Array(LowCardinality(String)),
    starts_at              DateTime64(3, 'UTC'),
    ends_at                Nullable(DateTime64(3, 'UTC')),
    format                 LowCardinality(String),
    access                 LowCardinality(String),
    capacity               Nullable(Int64),
    international          Nullable(Bool),
    initiative             String,
    discipline             LowCardinality(String),
    row_hash               UInt64,
    version                UInt64,
    is_deleted             UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (source, record_id);

-- Of the two rows of a correction, which share a moment, the new values must win.
CREATE MATERIALIZED VIEW IF NOT EXISTS events_to_current TO events_current AS
SELECT * EXCEPT (sign, recorded_at, batch_id),
    toUInt64(toUnixTimestamp64Milli(recorded_at)) * 2 + (sign > 0) AS version,
    sign < 0 AS is_deleted
FROM events_journal;

-- The journal of attendance: every change as old values (sign -1) and new values (sign +1).
-- ORDER BY: the filters leaders use most, then time.
-- PARTITION BY year: questions cover a few years of many, and a year is a part size that merges well.
CREATE TABLE IF NOT EXISTS attendance_journal
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    event                  String,
    occurred_at            DateTime64(3, 'UTC'),
    visitors               Int64,
    online_visitors        Nullable(Int64),
    paid_tickets           Nullable(Int64),
    revenue_vnd            Nullable(Int64),
    sex                    LowCardinality(String),
    age_band               LowCardinality(String),
    origin                 LowCardinality(String),
    discipline             LowCardinality(String),
    area                   LowCardinality(String),
    format                 LowCardinality(String),
    series                 LowCardinality(String),
    organiser              String,
    row_hash               UInt64,
    sign                   Int8,
    recorded_at            DateTime64(3, 'UTC'),
    batch_id               LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY toYear(happened_on)
ORDER BY (discipline, area, happened_on);

-- The current state of attendance: the newest version of each record; a retraction hides it.
-- ORDER BY (source, record_id): a batch is compared with it by record.
CREATE TABLE IF NOT EXISTS attendance_current
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    event                  String,
    occurred_at            DateTime64(3, 'UTC'),
    visitors               Int64,
    online_visitors        Nullable(Int64),
    paid_tickets           Nullable(Int64),
    revenue_vnd            Nullable(Int64),
    sex                    LowCardinality(String),
    age_band               LowCardinality(String),
    origin                 LowCardinality(String),
    discipline             LowCardinality(String),
    area                   LowCardinality(String),
    format                 LowCardinality(String),
    series                 LowCardinality(String),
    organiser              String,
    row_hash               UInt64,
    version                UInt64,
    is_deleted             UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (source, record_id);

-- Of the two rows of a correction, which share a moment, the new values must win.
CREATE MATERIALIZED VIEW IF NOT EXISTS attendance_to_current TO attendance_current AS
SELECT * EXCEPT (sign, recorded_at, batch_id),
    toUInt64(toUnixTimestamp64Milli(recorded_at)) * 2 + (sign > 0) AS version,
    sign < 0 AS is_deleted
FROM attendance_journal;

-- The journal of discipline_statistics: every change as old values (sign -1) and new values (sign +1).
-- ORDER BY: read by measure, then as the other facts.
CREATE TABLE IF NOT EXISTS discipline_statistics_journal
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    measure                LowCardinality(String),
    discipline             LowCardinality(String),
    area                   LowCardinality(String),
    period                 LowCardinality(String),
    value                  Decimal(38, 6),
    unit                   LowCardinality(String),
    method                 String,
    status                 LowCardinality(String),
    published_by           String,
    row_hash               UInt64,
    sign                   Int8,
    recorded_at            DateTime64(3, 'UTC'),
    batch_id               LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (measure, discipline, area, happened_on);

-- The current state of discipline_statistics: the newest version of each record; a retraction hides it.
-- ORDER BY (source, record_id): a batch is compared with it by record.
CREATE TABLE IF NOT EXISTS discipline_statistics_current
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    measure                LowCardinality(String),
    discipline             LowCardinality(String),
    area                   LowCardinality(String),
    period                 LowCardinality(String),
    value                  Decimal(38, 6),
    unit                   LowCardinality(String),
    method                 String,
    status                 LowCardinality(String),
    published_by           String,
    row_hash               UInt64,
    version                UInt64,
    is_deleted             UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (source, record_id);

-- Of the two rows of a correction, which share a moment, the new values must win.
CREATE MATERIALIZED VIEW IF NOT EXISTS discipline_statistics_to_current TO discipline_statistics_current AS
SELECT * EXCEPT (sign, recorded_at, batch_id),
    toUInt64(toUnixTimestamp64Milli(recorded_at)) * 2 + (sign > 0) AS version,
    sign < 0 AS is_deleted
FROM discipline_statistics_journal;

-- The journal of initiatives: every change as old values (sign -1) and new values (sign +1).
-- ORDER BY: small; read by record.
CREATE TABLE IF NOT EXISTS initiatives_journal
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    programme              LowCardinality(String),
    commitment             LowCardinality(String),
    title                  String,
    owner                  String,
    planned_from           Nullable(Date),
    planned_to             Nullable(Date),
    actual_from            Nullable(Date),
    actual_to              Nullable(Date),
    budget_vnd             Nullable(Int64),
    status                 LowCardinality(String),
    evidence               Array(String),
    row_hash               UInt64,
    sign                   Int8,
    recorded_at            DateTime64(3, 'UTC'),
    batch_id               LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (record_id);

-- The current state of initiatives: the newest version of each record; a retraction hides it.
-- ORDER BY (source, record_id): a batch is compared with it by record.
CREATE TABLE IF NOT EXISTS initiatives_current
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    programme              LowCardinality(String),
    commitment             LowCardinality(String),
    title                  String,
    owner                  String,
    planned_from           Nullable(Date),
    planned_to             Nullable(Date),
    actual_from            Nullable(Date),
    actual_to              Nullable(Date),
    budget_vnd             Nullable(Int64),
    status                 LowCardinality(String),
    evidence               Array(String),
    row_hash               UInt64,
    version                UInt64,
    is_deleted             UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (source, record_id);

-- Of the two rows of a correction, which share a moment, the new values must win.
CREATE MATERIALIZED VIEW IF NOT EXISTS initiatives_to_current TO initiatives_current AS
SELECT * EXCEPT (sign, recorded_at, batch_id),
    toUInt64(toUnixTimestamp64Milli(recorded_at)) * 2 + (sign > 0) AS version,
    sign < 0 AS is_deleted
FROM initiatives_journal;

-- The journal of claims: every change as old values (sign -1) and new values (sign +1).
-- ORDER BY: small; read by subject.
CREATE TABLE IF NOT EXISTS claims_journal
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    subject                LowCardinality(String),
    period                 LowCardinality(String),
    value                  Decimal(38, 6),
    unit                   LowCardinality(String),
    publisher              String,
    citation               String,
    scope_note             String,
    row_hash               UInt64,
    sign                   Int8,
    recorded_at            DateTime64(3, 'UTC'),
    batch_id               LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (subject, happened_on);

-- The current state of claims: the newest version of each record; a retraction hides it.
-- ORDER BY (source, record_id): a batch is compared with it by record.
CREATE TABLE IF NOT EXISTS claims_current
(
    source                 LowCardinality(String),
    record_id              String,
    scope                  LowCardinality(String),
    happened_on            Date,
    subject                LowCardinality(String),
    period                 LowCardinality(String),
    value                  Decimal(38, 6),
    unit                   LowCardinality(String),
    publisher              String,
    citation               String,
    scope_note             String,
    row_hash               UInt64,
    version                UInt64,
    is_deleted             UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (source, record_id);

-- Of the two rows of a correction, which share a moment, the new values must win.
CREATE MATERIALIZED VIEW IF NOT EXISTS claims_to_current TO claims_current AS
SELECT * EXCEPT (sign, recorded_at, batch_id),
    toUInt64(toUnixTimestamp64Milli(recorded_at)) * 2 + (sign > 0) AS version,
    sign < 0 AS is_deleted
FROM claims_journal;
