/*
description: Sales by office
grain: one row per office
materialize: {refresh: on_load}
*/
SELECT office, count(*) AS sales, sum(version) AS versions FROM raw.shop.sales GROUP BY office
