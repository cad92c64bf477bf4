/*
description: >-
  Current state of every tenure, after its last change (by its time, then its identifier). A change that does not say
  something leaves it as it was; ended ones stay, as ended.
grain: one row per tenure
columns:
  state: current or ended
  tenant_id: Pseudonym of the person
  last_event_time: When it last changed
examples:
  - "SELECT tenure_type, state, count(*) AS tenures FROM housing.tenures GROUP BY ALL ORDER BY ALL"
listed: true
*/
SELECT
  tenure_id,
  CASE last(event_type ORDER BY event_time, event_id) WHEN 'ended' THEN 'ended' ELSE 'current' END AS state,
  last(property_reference ORDER BY event_time, event_id)
    FILTER (property_reference IS NOT NULL) AS property_reference,
  last(tenure_type ORDER BY event_time, event_id) FILTER (tenure_type IS NOT NULL) AS tenure_type,
  last(tenant_id ORDER BY event_time, event_id) FILTER (tenant_id IS NOT NULL) AS tenant_id,
  last(start_date ORDER BY event_time, event_id) FILTER (start_date IS NOT NULL) AS start_date,
  last(end_date ORDER BY event_time, event_id) FILTER (end_date IS NOT NULL) AS end_date,
  last(weekly_rent ORDER BY event_time, event_id) FILTER (weekly_rent IS NOT NULL) AS weekly_rent,
  max(event_time) AS last_event_time
FROM raw.housing.tenure_events
GROUP BY tenure_id
