-- The ledger: one row per object delivered, whatever became of it.
CREATE TABLE loads (
  id TEXT PRIMARY KEY,
  dataset TEXT NOT NULL,
  source_number BIGINT NOT NULL,
  object_key TEXT NOT NULL,
  etag TEXT NOT NULL,
  version TEXT,
  size BIGINT NOT NULL,
  last_modified BIGINT NOT NULL,
  sha256 TEXT,
  content_sha256 TEXT,
  file_date TEXT NOT NULL,
  slot TEXT NOT NULL,
  again BOOLEAN NOT NULL,
  accepted TEXT NOT NULL,
  state TEXT NOT NULL,
  code TEXT,
  reason TEXT,
  rows_read BIGINT,
  rows_written BIGINT,
  rows_rejected BIGINT,
  rows_duplicate BIGINT,
  rows_filtered BIGINT,
  snapshot_id BIGINT,
  same_as TEXT,
  found_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT
);

CREATE INDEX loads_by_object ON loads (dataset, object_key);
CREATE INDEX loads_by_slot ON loads (dataset, slot, state);
CREATE INDEX loads_by_content ON loads (dataset, content_sha256);
CREATE INDEX loads_by_state ON loads (state);
CREATE INDEX loads_by_time ON loads (found_at, id);

CREATE TABLE load_attempts (
  load_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  error TEXT,
  PRIMARY KEY (load_id, number)
);

CREATE TABLE load_notes (
  load_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  noted_at BIGINT NOT NULL,
  noted_by TEXT NOT NULL,
  note TEXT NOT NULL,
  link TEXT,
  PRIMARY KEY (load_id, number)
);

-- Columns of sources that no contract names, so that each is told once.
CREATE TABLE load_unknown_columns (
  dataset TEXT NOT NULL,
  name TEXT NOT NULL,
  first_load TEXT NOT NULL,
  PRIMARY KEY (dataset, name)
);
