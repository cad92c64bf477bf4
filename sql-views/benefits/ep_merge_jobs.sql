/*
description: Jobs that merge a pending claim into another end product, as they are now
grain: one row per job
examples:
  - "SELECT state, error_state, count(*) AS jobs FROM benefits.ep_merge_jobs GROUP BY ALL ORDER BY ALL"
*/
SELECT * EXCLUDE (_row_key, _load_id, _file_date)
FROM raw.benefits.ep_merge_jobs
