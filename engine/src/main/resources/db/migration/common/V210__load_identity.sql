-- What makes two objects the same delivery: their content, or where an event sink says they begin.
ALTER TABLE loads ADD COLUMN identity TEXT;
UPDATE loads SET identity = 'sha256:' || content_sha256 WHERE content_sha256 IS NOT NULL;
CREATE INDEX loads_by_identity ON loads (dataset, identity);
