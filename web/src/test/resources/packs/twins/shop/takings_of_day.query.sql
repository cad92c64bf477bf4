/*
description: Takings of one day
parameters: {day: {type: DATE, default: "2026-01-01", description: Day of the sale}}
*/
SELECT count(*) AS sales, sum(amount) AS amount FROM shop.sales WHERE day = $day
