/*
description: Contentions at the end of each day, by state
parameters:
  from: {type: DATE, default: "2026-03-01", description: First day}
  to: {type: DATE, default: "2026-03-31", description: Last day}
chart: {kind: line, x: day, y: contentions}
*/
SELECT day, status, CAST(sum(contentions) AS BIGINT) AS contentions
FROM benefits.contention_daily
WHERE day BETWEEN $from AND $to
GROUP BY day, status
ORDER BY day, status
