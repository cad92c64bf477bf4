/*
description: >-
  What classification does to the time that a contention takes. Classification and automation are those at completion,
  of open ones those now; deleted contentions are left out. Events are ordered as for benefits.contentions.
grain: one row per classification, ISO week of addition, automation and accuracy
columns:
  classification: Kind of condition at completion; of open contentions the latest
  iso_week: ISO week of DateAdded, in UTC, such as 2026-W09
  automation: Whether the event at completion was a machine's
  accurate: Whether the first classification is the one at completion
  contentions: How many there are
  completed: How many of them have been completed
  median_days: Median of the days from DateAdded to DateCompleted
  mean_days: Mean of the days from DateAdded to DateCompleted
examples:
  - "SELECT accurate, sum(completed) AS completed, sum(mean_days * completed) / sum(completed) AS mean_days FROM benefits.classification_impact WHERE completed > 0 GROUP BY ALL ORDER BY ALL"
*/
WITH events AS (
  SELECT
    contention_id,
    action_name,
    contention_classification_name,
    date_added,
    date_completed,
    row_number() OVER (
      PARTITION BY contention_id ORDER BY event_time, source_ts NULLS FIRST, event_id) AS step,
    last_value(contention_classification_name IGNORE NULLS) OVER until_then AS classification,
    last_value(automation_indicator IGNORE NULLS) OVER until_then AS automation
  FROM benefits.contention_events
  WINDOW until_then AS (
    PARTITION BY contention_id ORDER BY event_time, source_ts NULLS FIRST, event_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
contentions AS (
  SELECT
    contention_id,
    bool_or(action_name = 'ContentionCompleted') AS is_completed,
    first(contention_classification_name ORDER BY step)
      FILTER (contention_classification_name IS NOT NULL) AS first_classification,
    last(classification ORDER BY step) AS last_classification,
    last(classification ORDER BY step) FILTER (action_name = 'ContentionCompleted') AS completed_classification,
    last(automation ORDER BY step) AS last_automation,
    last(automation ORDER BY step) FILTER (action_name = 'ContentionCompleted') AS completed_automation,
    last(date_added ORDER BY step) FILTER (date_added IS NOT NULL) AS added,
    last(date_completed ORDER BY step)
      FILTER (action_name = 'ContentionCompleted' AND date_completed IS NOT NULL) AS done
  FROM events
  GROUP BY contention_id
  HAVING last(action_name ORDER BY step) <> 'ContentionDeleted'
),
outcomes AS (
  SELECT
    is_completed,
    first_classification,
    CASE WHEN is_completed THEN completed_classification ELSE last_classification END AS classification,
    CASE WHEN is_completed THEN completed_automation ELSE last_automation END AS automation,
    strftime(CAST(added AS TIMESTAMP), '%G-W%V') AS iso_week,
    CASE WHEN is_completed THEN epoch_ms(done) - epoch_ms(added) END AS millis
  FROM contentions
)
SELECT
  classification,
  iso_week,
  automation,
  first_classification = classification AS accurate,
  count(*) AS contentions,
  count(*) FILTER (is_completed) AS completed,
  median(millis) / 86400000 AS median_days,
  avg(millis) / 86400000 AS mean_days
FROM outcomes
GROUP BY ALL
