-- One row per fingerprint; it stays after the alert is resolved, so that the same cause opens it again.
CREATE TABLE alert (
  fingerprint TEXT NOT NULL PRIMARY KEY,
  severity TEXT NOT NULL,
  state TEXT NOT NULL,
  title TEXT NOT NULL,
  detail TEXT NOT NULL,
  dataset TEXT,
  link TEXT,
  happenings BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  assignee TEXT,
  acknowledged_by TEXT,
  resolved_at BIGINT,
  resolved_by TEXT,
  resolution TEXT,
  resolution_link TEXT,
  muted_until BIGINT,
  muted_by TEXT,
  mute_reason TEXT,
  mute_link TEXT
);

CREATE INDEX alert_by_last_at ON alert (last_at);
