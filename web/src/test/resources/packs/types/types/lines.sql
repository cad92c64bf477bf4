/*
description: Every type, from ndjson
grain: one row per row
*/
SELECT * EXCLUDE (_row_key, _load_id, _file_date) FROM raw.types.lines
