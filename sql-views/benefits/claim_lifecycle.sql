/*
description: >-
  The way of a claim: submission, the first and the last event of its contentions, decision, and the days between each.
  Deleted contentions are not counted, but their events are.
grain: one row per claim
columns:
  first_event_at: The first event of any of its contentions
  last_event_at: The last event of any of its contentions
  contentions: Contentions that have events and are not deleted
  completed_contentions: How many of them have been completed
  days_to_first_event: Days from submission to the first event
  days_of_events: Days from the first to the last event
  days_from_last_event: Days from the last event to the decision
  days_to_decision: Days from submission to decision
examples:
  - "SELECT station_of_jurisdiction, median(days_to_decision) AS days FROM benefits.claim_lifecycle GROUP BY ALL ORDER BY ALL"
*/
WITH events AS (
  SELECT claim_id, min(event_time) AS first_event_at, max(event_time) AS last_event_at
  FROM benefits.contention_events
  GROUP BY claim_id
),
counts AS (
  SELECT claim_id, count(*) AS contentions, count(*) FILTER (completed) AS completed_contentions
  FROM benefits.contentions
  GROUP BY claim_id
)
SELECT
  claims.claim_id,
  claims.station_of_jurisdiction,
  claims.claim_type,
  claims.status,
  claims.submitted_at,
  events.first_event_at,
  events.last_event_at,
  coalesce(counts.contentions, 0) AS contentions,
  coalesce(counts.completed_contentions, 0) AS completed_contentions,
  claims.decided_at,
  (epoch_ms(events.first_event_at) - epoch_ms(claims.submitted_at)) / 86400000 AS days_to_first_event,
  (epoch_ms(events.last_event_at) - epoch_ms(events.first_event_at)) / 86400000 AS days_of_events,
  (epoch_ms(claims.decided_at) - epoch_ms(events.last_event_at)) / 86400000 AS days_from_last_event,
  (epoch_ms(claims.decided_at) - epoch_ms(claims.submitted_at)) / 86400000 AS days_to_decision
FROM benefits.claims
LEFT JOIN events ON events.claim_id = claims.claim_id
LEFT JOIN counts ON counts.claim_id = claims.claim_id
