/*
description: Events
grain: one row per event
*/
SELECT * EXCLUDE (_row_key, _load_id, _file_date) FROM raw.claims.contention_events
