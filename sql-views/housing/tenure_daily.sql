/*
description: >-
  State of each tenure at the end of each UTC day, from the day of its first change to the day of the last change of any.
  Changes are ordered as for housing.tenures; ended ones stay, as ended.
grain: one row per tenure and day
columns:
  day: UTC day
  state: current or ended
examples:
  - "SELECT day, state, count(*) AS tenures FROM housing.tenure_daily GROUP BY ALL ORDER BY ALL"
materialize: {refresh: on_load, partition: [month(day)]}
*/
WITH day_ends AS (
  SELECT
    tenure_id,
    CAST(event_time AS DATE) AS day,
    last(event_type ORDER BY event_time, event_id) AS event_type,
    last(tenure_type ORDER BY event_time, event_id) FILTER (tenure_type IS NOT NULL) AS said_type,
    last(weekly_rent ORDER BY event_time, event_id) FILTER (weekly_rent IS NOT NULL) AS said_rent
  FROM raw.housing.tenure_events
  GROUP BY tenure_id, CAST(event_time AS DATE)
),
states AS (
  SELECT
    tenure_id,
    day,
    coalesce(
      lead(day) OVER (PARTITION BY tenure_id ORDER BY day),
      max(day) OVER () + 1) AS until_day,
    CASE event_type WHEN 'ended' THEN 'ended' ELSE 'current' END AS state,
    last_value(said_type IGNORE NULLS) OVER until_then AS tenure_type,
    last_value(said_rent IGNORE NULLS) OVER until_then AS weekly_rent
  FROM day_ends
  WINDOW until_then AS (
    PARTITION BY tenure_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
SELECT
  states.tenure_id,
  states.day + CAST(days.number AS INTEGER) AS day,
  states.state,
  states.tenure_type,
  states.weekly_rent
FROM states, range(states.until_day - states.day) AS days(number)
