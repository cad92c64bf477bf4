/*
description: A view that nobody is granted, over the identifiers as they came
grain: one row per claim
*/
SELECT c.claim_id, v.ssn, v.full_name FROM raw.claims.claims c JOIN vault.claims.claims v USING (_row_key)
