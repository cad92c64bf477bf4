/*
description: Things of a station
grain: one row per thing
*/
SELECT number, name FROM raw.alpha.things
