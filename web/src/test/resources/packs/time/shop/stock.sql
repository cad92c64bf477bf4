/*
description: All of the stock
grain: one row per thing
*/
SELECT id, version FROM raw.shop.stock
