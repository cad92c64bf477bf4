/*
description: All notes
grain: one row per row
*/
SELECT * EXCLUDE (_row_key, _load_id, _file_date) FROM raw.shop.notes
