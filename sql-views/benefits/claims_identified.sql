/*
description: Claims with the person's identity, for staff who resolve errors with the veteran
grain: one row per claim
columns:
  veteran_participant_id: Pseudonym of the person, as in benefits.claims, so that the two join
examples:
  - "SELECT claim_id, first_name, last_name, phone, error_code FROM benefits.claims_identified WHERE status = 'error'"
*/
SELECT
  c.* EXCLUDE (_row_key, _load_id, _file_date)
    REPLACE (
      v.ssn AS ssn,
      v.file_number AS file_number,
      v.first_name AS first_name,
      v.last_name AS last_name,
      v.birth_date AS birth_date,
      v.email AS email,
      v.phone AS phone)
FROM raw.benefits.claims c
JOIN vault.benefits.claims v USING (_row_key)
