/*
description: How long contentions of each kind take, right and wrong first classifications beside each other
parameters:
  at_least: {type: INTEGER, default: 10, min: 1, description: Kinds with fewer completed contentions are left out}
chart: {kind: bar, x: classification, y: mean_days}
*/
SELECT
  classification,
  accurate,
  CAST(sum(completed) AS BIGINT) AS completed,
  sum(mean_days * completed) / sum(completed) AS mean_days
FROM benefits.classification_impact
WHERE completed > 0
GROUP BY classification, accurate
HAVING sum(completed) >= $at_least
ORDER BY classification, accurate
