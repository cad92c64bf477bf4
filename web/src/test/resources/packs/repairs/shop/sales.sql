/*
description: Sales of a day
grain: one row per sale
*/
SELECT id, price, _file_date AS day FROM raw.shop.sales
