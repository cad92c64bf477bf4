-- Files whose last snapshot has expired: statements that began before may read them for a while.
CREATE TABLE expired_files (
  side TEXT NOT NULL,
  object_key TEXT NOT NULL,
  expired_at BIGINT NOT NULL,
  PRIMARY KEY (side, object_key)
);
