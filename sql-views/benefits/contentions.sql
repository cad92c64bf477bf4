/*
description: >-
  Latest state of every contention: what is known of it after its last event (by the time of the event, then of its
  source, then by its identifier). An event that does not say something leaves it as it was. Deleted ones are absent.
grain: one row per contention
columns:
  contention_id: Identifier of the contention
  classification: Kind of condition; null before the first classification
  automation: Whether the last that happened was done by a machine
  last_event_time: When the last event happened
examples:
  - "SELECT classification, count(*) AS contentions FROM benefits.contentions GROUP BY ALL ORDER BY contentions DESC"
  - "SELECT status, count(*) AS contentions FROM benefits.contentions GROUP BY ALL ORDER BY ALL"
listed: true
*/
SELECT
  contention_id,
  last(claim_id ORDER BY event_time, source_ts NULLS FIRST, event_id) AS claim_id,
  last(veteran_participant_id ORDER BY event_time, source_ts NULLS FIRST, event_id)
    FILTER (veteran_participant_id IS NOT NULL) AS veteran_participant_id,
  last(contention_classification_name ORDER BY event_time, source_ts NULLS FIRST, event_id)
    FILTER (contention_classification_name IS NOT NULL) AS classification,
  last(diagnostic_type_code ORDER BY event_time, source_ts NULLS FIRST, event_id)
    FILTER (diagnostic_type_code IS NOT NULL) AS diagnostic_type_code,
  last(contention_status_type_code ORDER BY event_time, source_ts NULLS FIRST, event_id)
    FILTER (contention_status_type_code IS NOT NULL) AS status,
  last(contention_type_code ORDER BY event_time, source_ts NULLS FIRST, event_id)
    FILTER (contention_type_code IS NOT NULL) AS contention_type_code,
  last(current_lifecycle_status ORDER BY event_time, source_ts NULLS FIRST, event_id)
    FILTER (current_lifecycle_status IS NOT NULL) AS lifecycle_status,
  last(automation_indicator ORDER BY event_time, source_ts NULLS FIRST, event_id)
    FILTER (automation_indicator IS NOT NULL) AS automation,
  last(benefit_claim_type_code ORDER BY event_time, source_ts NULLS FIRST, event_id)
    FILTER (benefit_claim_type_code IS NOT NULL) AS benefit_claim_type_code,
  last(description ORDER BY event_time, source_ts NULLS FIRST, event_id)
    FILTER (description IS NOT NULL) AS description,
  last(date_added ORDER BY event_time, source_ts NULLS FIRST, event_id)
    FILTER (date_added IS NOT NULL) AS date_added,
  last(date_updated ORDER BY event_time, source_ts NULLS FIRST, event_id)
    FILTER (date_updated IS NOT NULL) AS date_updated,
  last(date_completed ORDER BY event_time, source_ts NULLS FIRST, event_id)
    FILTER (date_completed IS NOT NULL) AS date_completed,
  bool_or(action_name = 'ContentionCompleted') AS completed,
  last(action_name ORDER BY event_time, source_ts NULLS FIRST, event_id) AS last_action,
  max(event_time) AS last_event_time
FROM benefits.contention_events
GROUP BY contention_id
HAVING last(action_name ORDER BY event_time, source_ts NULLS FIRST, event_id) <> 'ContentionDeleted'
