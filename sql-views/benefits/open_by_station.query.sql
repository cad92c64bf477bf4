/*
description: Claims of one station that are not decided yet, by age on the day of its newest claim
parameters:
  station: {type: VARCHAR, default: "316", description: Number of the regional office}
  days: {type: INTEGER, default: 90, min: 1, max: 3650, description: How far to look back}
chart: {kind: bar, x: age_band, y: claims}
*/
WITH open AS (
  SELECT date_diff('day', submitted_at, max(submitted_at) OVER ()) AS age
  FROM benefits.claims
  WHERE station_of_jurisdiction = $station AND status <> 'decided'
)
SELECT
  CASE
    WHEN age < 7 THEN '1: under a week'
    WHEN age < 14 THEN '2: one to two weeks'
    WHEN age < 30 THEN '3: two weeks to a month'
    ELSE '4: over a month'
  END AS age_band,
  count(*) AS claims
FROM open
WHERE age <= $days
GROUP BY age_band
ORDER BY age_band
