/*
description: What happens to contentions, one event at a time, without identities
grain: one row per event
columns:
  veteran_participant_id: Pseudonym of the person; the same in every dataset
  actor_user_id: Pseudonym of whoever did it
  details: What the actor noted, identifiers removed
  description: The condition as the veteran put it, identifiers removed
examples:
  - "SELECT action_name, count(*) AS events FROM benefits.contention_events GROUP BY ALL ORDER BY ALL"
*/
SELECT * EXCLUDE (_row_key, _load_id, _file_date)
FROM raw.benefits.contention_events
