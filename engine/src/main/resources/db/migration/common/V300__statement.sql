-- One row per statement, allowed or denied: the log and the audit. JSON columns hold what is only ever shown.
CREATE TABLE statement (
  id TEXT NOT NULL PRIMARY KEY,
  submitted_at BIGINT NOT NULL,
  user_name TEXT NOT NULL,
  holder TEXT NOT NULL,
  text TEXT NOT NULL,
  hash TEXT NOT NULL,
  format TEXT NOT NULL,
  state TEXT NOT NULL,
  decision TEXT NOT NULL,
  reason TEXT NOT NULL,
  views TEXT NOT NULL,
  tables TEXT NOT NULL,
  policy TEXT,
  identified BOOLEAN NOT NULL,
  started_at BIGINT,
  ended_at BIGINT,
  row_count BIGINT,
  bytes BIGINT,
  digest TEXT,
  error_code TEXT,
  error_detail TEXT
);

CREATE INDEX statement_by_submitted_at ON statement (submitted_at, id);
CREATE INDEX statement_by_user ON statement (user_name, submitted_at, id);
