/*
description: All sales
grain: one row per sale
examples: ["SELECT day, sum(amount) FROM shop.sales GROUP BY day"]
*/
SELECT * EXCLUDE (_row_key, _load_id, _file_date) FROM raw.shop.sales
