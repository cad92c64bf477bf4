-- When the process that has the name now began; NULL: an earlier version, which did not say.
ALTER TABLE replica ADD COLUMN started_at BIGINT;
