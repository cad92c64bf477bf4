/*
description: Things of beta
grain: one row per thing
*/
SELECT number, name FROM raw.beta.things
