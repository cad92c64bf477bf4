/*
description: Claims with an error code, or sent through the backup path
grain: one row per claim
examples:
  - "SELECT error_code, count(*) FROM benefits.submission_errors GROUP BY ALL ORDER BY ALL"
*/
SELECT *
FROM benefits.claims
WHERE error_code IS NOT NULL OR backup_submission
