/*
description: All lines of notes
grain: one row per line
*/
SELECT line, text FROM raw.shop.notes
