/*
description: Things of alpha
grain: one row per thing
*/
SELECT number, name FROM raw.alpha.things
