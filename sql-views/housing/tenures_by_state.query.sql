/*
description: Tenures by kind and state at the end of a day
parameters:
  day: {type: DATE, default: "2026-03-31", description: UTC day}
chart: {kind: bar, x: tenure_type, y: tenures}
*/
SELECT tenure_type, state, count(*) AS tenures
FROM housing.tenure_daily
WHERE day = $day
GROUP BY tenure_type, state
ORDER BY tenure_type, state
