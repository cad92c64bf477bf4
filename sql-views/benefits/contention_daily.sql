/*
description: >-
  Contentions by state at the end of each UTC day, from the day of the first event to that of the last, days without
  events included. Events are ordered as for benefits.contentions; a deleted contention counts no more from its day on.
grain: one row per day, classification and status
columns:
  day: UTC day
  classification: Kind of condition; null before the first classification
  status: State of the contention
  contentions: How many were in that state at the end of the day
examples:
  - "SELECT day, sum(contentions) AS contentions FROM benefits.contention_daily GROUP BY ALL ORDER BY day"
materialize: {refresh: on_load, partition: [month(day)]}
*/
WITH day_ends AS (
  SELECT
    contention_id,
    CAST(event_time AS DATE) AS day,
    last(contention_classification_name ORDER BY event_time, source_ts NULLS FIRST, event_id)
      FILTER (contention_classification_name IS NOT NULL) AS said_classification,
    last(contention_status_type_code ORDER BY event_time, source_ts NULLS FIRST, event_id)
      FILTER (contention_status_type_code IS NOT NULL) AS said_status,
    last(action_name ORDER BY event_time, source_ts NULLS FIRST, event_id) = 'ContentionDeleted' AS deleted
  FROM benefits.contention_events
  GROUP BY contention_id, CAST(event_time AS DATE)
),
states AS (
  SELECT
    day,
    lead(day) OVER (PARTITION BY contention_id ORDER BY day) AS next_day,
    deleted,
    last_value(said_classification IGNORE NULLS) OVER until_then AS classification,
    last_value(said_status IGNORE NULLS) OVER until_then AS status
  FROM day_ends
  WINDOW until_then AS (
    PARTITION BY contention_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
span AS (
  SELECT min(day) AS first_day, max(day) AS last_day FROM states
),
changes AS (
  SELECT day, classification, status, count(*) AS change
  FROM states
  WHERE NOT deleted
  GROUP BY ALL
  UNION ALL
  SELECT next_day, classification, status, -count(*)
  FROM states
  WHERE NOT deleted AND next_day IS NOT NULL
  GROUP BY ALL
  UNION ALL
  SELECT span.first_day + CAST(days.number AS INTEGER), known.classification, known.status, 0
  FROM
    span,
    range(span.last_day - span.first_day + 1) AS days(number),
    (SELECT DISTINCT classification, status FROM states) AS known
),
by_day AS (
  SELECT day, classification, status, sum(change) AS change
  FROM changes
  GROUP BY day, classification, status
)
SELECT
  day,
  classification,
  status,
  CAST(sum(change) OVER (PARTITION BY classification, status ORDER BY day) AS BIGINT) AS contentions
FROM by_day
QUALIFY contentions > 0
