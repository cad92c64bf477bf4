/*
description: How satisfied people are with one service, by month
parameters:
  service: {type: VARCHAR, default: lasting-power-of-attorney, description: The service}
chart: {kind: line, x: month, y: mean_score}
*/
SELECT month, responses, mean_score, satisfied_share
FROM service.user_satisfaction
WHERE service = $service
ORDER BY month
