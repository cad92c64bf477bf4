/*
description: Sales of one office
parameters: {office: {type: VARCHAR, default: north, description: Office}}
*/
SELECT count(*) AS sales, sum(version) AS versions FROM shop.sales WHERE office = $office
