/*
description: Sales with who bought
grain: one row per sale
*/
SELECT s.id, s.day, s.version, v.buyer FROM raw.shop.sales s JOIN vault.shop.sales v USING (_row_key)
