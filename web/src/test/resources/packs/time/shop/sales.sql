/*
description: All sales
grain: one row per sale
*/
SELECT * EXCLUDE (_row_key, _load_id, _file_date) FROM raw.shop.sales
