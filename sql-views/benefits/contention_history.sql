/*
description: >-
  Every state that a contention was in, and since when until when. Events are ordered as for benefits.contentions; one
  that changes nothing begins no state; a deletion ends the last one.
grain: one row per contention and state
columns:
  classification: Kind of condition; null before the first classification
  automation: Whether a machine brought the contention into this state
  valid_from: When the state began
  valid_to: When the next one began, or the contention was deleted; null, it holds now
examples:
  - "SELECT * FROM benefits.contention_history WHERE valid_from <= '2026-03-15' AND (valid_to > '2026-03-15' OR valid_to IS NULL) LIMIT 10"
*/
WITH events AS (
  SELECT
    contention_id,
    claim_id,
    event_time,
    row_number() OVER in_order AS step,
    action_name = 'ContentionDeleted' AS deleted,
    last_value(contention_classification_name IGNORE NULLS) OVER until_then AS classification,
    last_value(diagnostic_type_code IGNORE NULLS) OVER until_then AS diagnostic_type_code,
    last_value(contention_status_type_code IGNORE NULLS) OVER until_then AS status,
    last_value(contention_type_code IGNORE NULLS) OVER until_then AS contention_type_code,
    last_value(current_lifecycle_status IGNORE NULLS) OVER until_then AS lifecycle_status,
    last_value(automation_indicator IGNORE NULLS) OVER until_then AS automation
  FROM benefits.contention_events
  WINDOW
    in_order AS (PARTITION BY contention_id ORDER BY event_time, source_ts NULLS FIRST, event_id),
    until_then AS (
      PARTITION BY contention_id ORDER BY event_time, source_ts NULLS FIRST, event_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
changes AS (
  SELECT *
  FROM events
  WINDOW steps AS (PARTITION BY contention_id ORDER BY step)
  QUALIFY
    step = 1
    OR deleted IS DISTINCT FROM lag(deleted) OVER steps
    OR classification IS DISTINCT FROM lag(classification) OVER steps
    OR diagnostic_type_code IS DISTINCT FROM lag(diagnostic_type_code) OVER steps
    OR status IS DISTINCT FROM lag(status) OVER steps
    OR contention_type_code IS DISTINCT FROM lag(contention_type_code) OVER steps
    OR lifecycle_status IS DISTINCT FROM lag(lifecycle_status) OVER steps
    OR automation IS DISTINCT FROM lag(automation) OVER steps
),
periods AS (
  SELECT *, lead(event_time) OVER (PARTITION BY contention_id ORDER BY step) AS valid_to
  FROM changes
)
SELECT
  contention_id,
  claim_id,
  classification,
  diagnostic_type_code,
  status,
  contention_type_code,
  lifecycle_status,
  automation,
  event_time AS valid_from,
  valid_to
FROM periods
WHERE NOT deleted
