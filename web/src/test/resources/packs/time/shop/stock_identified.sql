/*
description: The stock with who counted
grain: one row per thing
*/
SELECT s.id, s.version, v.keeper FROM raw.shop.stock s JOIN vault.shop.stock v USING (_row_key)
