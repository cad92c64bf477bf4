/*
description: Claims
grain: one row per claim
*/
SELECT * EXCLUDE (_row_key, _load_id, _file_date) FROM raw.claims.claims
