/*
description: All lines of hidden
grain: one row per line
*/
SELECT line, text FROM raw.shop.hidden
