/*
description: Takings of every office and day
grain: one row per office and day
materialize: {refresh: on_load}
*/
SELECT office, day, count(*) AS sales, sum(amount) AS amount FROM raw.shop.sales GROUP BY office, day
