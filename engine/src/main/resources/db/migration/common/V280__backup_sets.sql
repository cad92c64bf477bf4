-- Backups that were made, so that an erasure can say which may still hold the person.
CREATE TABLE backup_sets (
  id TEXT NOT NULL PRIMARY KEY,
  target TEXT NOT NULL,
  begun_at BIGINT NOT NULL
);
