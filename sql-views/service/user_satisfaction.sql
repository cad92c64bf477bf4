/*
description: How satisfied people are with each service, by UTC month of their answer
grain: one row per service and month
columns:
  month: First day of the month
  responses: How many answered
  mean_score: Mean of the scores, 1 to 5
  satisfied_share: Share of the scores 4 and 5
examples:
  - "SELECT * FROM service.user_satisfaction ORDER BY service, month"
listed: true
publish: {count: responses, k: 11, round: 5}
*/
SELECT
  service,
  CAST(date_trunc('month', submitted_at) AS DATE) AS month,
  count(*) AS responses,
  avg(score) AS mean_score,
  count(*) FILTER (score >= 4) / count(*) AS satisfied_share
FROM raw.service.feedback
GROUP BY ALL
