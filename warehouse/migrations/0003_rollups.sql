-- Monthly rollups. Each is fed by a view on the journal, so corrections, changes
-- of discipline or area and deletions enter as differences and the sums stay exact.
-- ORDER BY in all of them: month first, since every question has a span of time;
-- then the filters leaders use. All keys are in ORDER BY: it is what rows are summed by.
CREATE TABLE IF NOT EXISTS attendance_monthly
(
    month                 Date,
    discipline            LowCardinality(String),
    area                  LowCardinality(String),
    source                LowCardinality(String),
    visitors              Int64,
    online_visitors       Int64,
    online_visitors_known Int64,
    paid_tickets          Int64,
    paid_tickets_known    Int64,
    revenue_vnd           Int64,
    revenue_vnd_known     Int64,
    facts                 Int64
)
ENGINE = SummingMergeTree
ORDER BY (month, discipline, area, source);

CREATE MATERIALIZED VIEW IF NOT EXISTS attendance_to_monthly TO attendance_monthly AS
SELECT toStartOfMonth(happened_on) AS month, discipline, area, source,
    sum(sign * j.visitors) AS visitors,
    sum(sign * ifNull(j.online_visitors, 0)) AS online_visitors,
    sum(sign * isNotNull(j.online_visitors)) AS online_visitors_known,
    sum(sign * ifNull(j.paid_tickets, 0)) AS paid_tickets,
    sum(sign * isNotNull(j.paid_tickets)) AS paid_tickets_known,
    sum(sign * ifNull(j.revenue_vnd, 0)) AS revenue_vnd,
    sum(sign * isNotNull(j.revenue_vnd)) AS revenue_vnd_known,
    sum(toInt64(sign)) AS facts
FROM attendance_journal AS j
GROUP BY month, discipline, area, source;

CREATE TABLE IF NOT EXISTS events_monthly
(
    month          Date,
    discipline     LowCardinality(String),
    area           LowCardinality(String),
    source         LowCardinality(String),
    facts          Int64
)
ENGINE = SummingMergeTree
ORDER BY (month, discipline, area, source);

CREATE MATERIALIZED VIEW IF NOT EXISTS events_to_monthly TO events_monthly AS
SELECT toStartOfMonth(happened_on) AS month, discipline, area, source, sum(toInt64(sign)) AS facts
FROM events_journal AS j
GROUP BY month, discipline, area, source;

-- Kept by member, so that distinct members can be counted exactly over any months.
CREATE TABLE IF NOT EXISTS activities_monthly
(
    month                        Date,
    discipline                   LowCardinality(String),
    area                         LowCardinality(String),
    kind                         LowCardinality(String),
    member                       String,
    source                       LowCardinality(String),
    participants                 Int64,
    participants_known           Int64,
    international_partners       Int64,
    international_partners_known Int64,
    funding_vnd                  Int64,
    funding_vnd_known            Int64,
    facts                        Int64
)
ENGINE = SummingMergeTree
ORDER BY (month, discipline, area, kind, member, source);

CREATE MATERIALIZED VIEW IF NOT EXISTS activities_to_monthly TO activities_monthly AS
SELECT toStartOfMonth(happened_on) AS month, discipline, area, kind, member, source,
    sum(sign * ifNull(j.participants, 0)) AS participants,
    sum(sign * isNotNull(j.participants)) AS participants_known,
    sum(sign * ifNull(j.international_partners, 0)) AS international_partners,
    sum(sign * isNotNull(j.international_partners)) AS international_partners_known,
    sum(sign * ifNull(j.funding_vnd, 0)) AS funding_vnd,
    sum(sign * isNotNull(j.funding_vnd)) AS funding_vnd_known,
    sum(toInt64(sign)) AS facts
FROM activities_journal AS j
GROUP BY month, discipline, area, kind, member, source;

-- Members are a stock: what is kept is who came and who went in each month, and
-- the number at a moment is the sum of all that came before.
CREATE TABLE IF NOT EXISTS members_monthly
(
    month      Date,
    discipline LowCardinality(String),
    area       LowCardinality(String),
    kind       LowCardinality(String),
    source     LowCardinality(String),
    accepted   Int64,
    certified  Int64,
    flows      Int64
)
ENGINE = SummingMergeTree
ORDER BY (month, discipline, area, kind, source);

CREATE MATERIALIZED VIEW IF NOT EXISTS members_to_monthly TO members_monthly AS
SELECT toStartOfMonth(assumeNotNull(flow.2)) AS month, discipline, area, kind, source,
    sum(sign * multiIf(flow.1 = 'accepted', 1, flow.1 = 'accepted_left', -1, 0)) AS accepted,
    sum(sign * multiIf(flow.1 = 'certified', 1, flow.1 = 'certified_left', -1, 0)) AS certified,
    sum(toInt64(sign)) AS flows
FROM members_journal AS j
ARRAY JOIN [
    ('accepted', coalesce(j.accepted_on, j.certified_on)),
    ('certified', j.certified_on),
    ('accepted_left', if(isNotNull(coalesce(j.accepted_on, j.certified_on)), j.left_on, NULL)),
    ('certified_left', if(isNotNull(j.certified_on), j.left_on, NULL))
] AS flow
WHERE isNotNull(flow.2)
GROUP BY month, discipline, area, kind, source;

CREATE TABLE IF NOT EXISTS discipline_statistics_monthly
(
    month      Date,
    measure    LowCardinality(String),
    unit       LowCardinality(String),
    discipline LowCardinality(String),
    area       LowCardinality(String),
    source     LowCardinality(String),
    value      Decimal(38, 6),
    facts      Int64
)
ENGINE = SummingMergeTree
ORDER BY (month, measure, unit, discipline, area, source);

CREATE MATERIALIZED VIEW IF NOT EXISTS discipline_statistics_to_monthly TO discipline_statistics_monthly AS
SELECT toStartOfMonth(happened_on) AS month, measure, unit, discipline, area, source,
    sum(sign * j.value) AS value, sum(toInt64(sign)) AS facts
FROM discipline_statistics_journal AS j
GROUP BY month, measure, unit, discipline, area, source;
