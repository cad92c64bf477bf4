/*
description: >-
  Applications started and completed, by service and UTC day: those completed on a day count there whenever they were
  started. An application counts once a day for each.
grain: one row per service and day on which something was started or completed
columns:
  day: UTC day
  started: Applications started that day
  completed: Applications completed that day, whenever started
  completion_rate: The completed over the started; null when none was started
  applications: Applications behind the row
examples:
  - "SELECT service, sum(completed) / sum(started) AS completion_rate FROM service.completion_rate GROUP BY ALL ORDER BY ALL"
listed: true
publish: {count: applications, k: 11, round: 5}
*/
SELECT
  service,
  CAST(occurred_at AS DATE) AS day,
  count(DISTINCT application_id) FILTER (step = 'started') AS started,
  count(DISTINCT application_id) FILTER (step = 'completed') AS completed,
  count(DISTINCT application_id) FILTER (step = 'completed')
    / nullif(count(DISTINCT application_id) FILTER (step = 'started'), 0) AS completion_rate,
  count(DISTINCT application_id) AS applications
FROM raw.service.lpa_applications
WHERE step IN ('started', 'completed')
GROUP BY ALL
