-- Persons that were removed, without a word of who they were.
CREATE TABLE erasures (
  id TEXT PRIMARY KEY,
  dataset TEXT NOT NULL,
  state TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  requested_at BIGINT NOT NULL,
  ended_at BIGINT,
  certificate TEXT
);

-- What tells that a row is of such a person: keyed digests, by what they are digests of.
CREATE TABLE erased_persons (
  scope TEXT NOT NULL,
  pseudonym TEXT NOT NULL,
  erasure_id TEXT NOT NULL,
  PRIMARY KEY (scope, pseudonym)
);
CREATE INDEX erased_persons_by_erasure ON erased_persons (erasure_id);
