/*
description: Disability claims as they were submitted, without identities
grain: one row per claim
columns:
  veteran_participant_id: Pseudonym of the person; the same in every dataset
  birth_date: First of January of the year of birth
  primary_contention_text: What the veteran wrote, identifiers removed
examples:
  - "SELECT status, count(*) FROM benefits.claims GROUP BY ALL ORDER BY ALL"
  - "SELECT claim_type, median(days_to_decision) FROM benefits.claims WHERE status = 'decided' GROUP BY ALL ORDER BY ALL"
listed: true
*/
SELECT * EXCLUDE (_row_key, _load_id, _file_date)
FROM raw.benefits.claims
