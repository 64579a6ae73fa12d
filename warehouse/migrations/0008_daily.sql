-- The daily rollup of attendance: for weeks, days and spans that do not begin with a
-- month, and for formats, series, organisers and events, which the months do not keep.
-- Of what a count says, only sex, age band, origin and the moment in the day are left out.
-- ORDER BY: day first, since a span of time is the one limit that nearly every question
-- has; then the keys from the fewest values to the most, so that equal values lie
-- together. The event stands in the key because it decides all of them: one event has one
-- discipline, area, format, series and organiser, so keeping it adds hardly any row, and
-- events can then be counted exactly over any days.
-- No partitions: a row stands for an event's day, some hundred thousand in ten years.
CREATE TABLE IF NOT EXISTS attendance_daily
(
    day                   Date,
    discipline            LowCardinality(String),
    area                  LowCardinality(String),
    format                LowCardinality(String),
    series                LowCardinality(String),
    organiser             String,
    event                 String,
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
ORDER BY (day, discipline, area, format, series, organiser, event, source);

CREATE MATERIALIZED VIEW IF NOT EXISTS attendance_to_daily TO attendance_daily AS
SELECT happened_on AS day, discipline, area, format, series, organiser, event, source,
    sum(sign * j.visitors) AS visitors,
    sum(sign * ifNull(j.online_visitors, 0)) AS online_visitors,
    sum(sign * isNotNull(j.online_visitors)) AS online_visitors_known,
    sum(sign * ifNull(j.paid_tickets, 0)) AS paid_tickets,
    sum(sign * isNotNull(j.paid_tickets)) AS paid_tickets_known,
    sum(sign * ifNull(j.revenue_vnd, 0)) AS revenue_vnd,
    sum(sign * isNotNull(j.revenue_vnd)) AS revenue_vnd_known,
    sum(toInt64(sign)) AS facts
FROM attendance_journal AS j
GROUP BY day, discipline, area, format, series, organiser, event, source;

-- What was posted before the view was there: the journal's sums less what the rollup
-- has already, so that doing it twice, or being cut off in it, adds nothing twice.
INSERT INTO attendance_daily
SELECT day, discipline, area, format, series, organiser, event, source,
    sum(v0) AS visitors, sum(v1) AS online_visitors, sum(v2) AS online_visitors_known,
    sum(v3) AS paid_tickets, sum(v4) AS paid_tickets_known,
    sum(v5) AS revenue_vnd, sum(v6) AS revenue_vnd_known, sum(v7) AS facts
FROM
(
    SELECT happened_on AS day, discipline, area, format, series, organiser, event, source,
        sign * visitors AS v0, sign * ifNull(online_visitors, 0) AS v1, sign * isNotNull(online_visitors) AS v2,
        sign * ifNull(paid_tickets, 0) AS v3, sign * isNotNull(paid_tickets) AS v4,
        sign * ifNull(revenue_vnd, 0) AS v5, sign * isNotNull(revenue_vnd) AS v6, toInt64(sign) AS v7
    FROM attendance_journal
    UNION ALL
    SELECT day, discipline, area, format, series, organiser, event, source,
        -visitors, -online_visitors, -online_visitors_known, -paid_tickets, -paid_tickets_known, -revenue_vnd, -revenue_vnd_known, -facts
    FROM attendance_daily
)
GROUP BY day, discipline, area, format, series, organiser, event, source
HAVING visitors != 0 OR online_visitors != 0 OR online_visitors_known != 0 OR paid_tickets != 0
    OR paid_tickets_known != 0 OR revenue_vnd != 0 OR revenue_vnd_known != 0 OR facts != 0
SETTINGS max_bytes_before_external_group_by = 2000000000;
