/*
description: Share of each service's transactions that are made online, by month
grain: one row per service and month
columns:
  month: First day of the month
  online: Transactions made online
  transactions: Transactions of all channels
  digital_take_up: The online ones over all
examples:
  - "SELECT * FROM service.digital_take_up ORDER BY service, month"
listed: true
publish: {count: transactions, k: 11, round: 5}
*/
SELECT
  service,
  CAST(date_trunc('month', day) AS DATE) AS month,
  CAST(coalesce(sum(transactions) FILTER (channel = 'online'), 0) AS BIGINT) AS online,
  CAST(sum(transactions) AS BIGINT) AS transactions,
  coalesce(sum(transactions) FILTER (channel = 'online'), 0) / nullif(sum(transactions), 0) AS digital_take_up
FROM raw.service.channel_counts
GROUP BY ALL
