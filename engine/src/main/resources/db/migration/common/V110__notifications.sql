-- The outbox: one row per message and channel, written in the transaction of what it tells.
-- due_at: of a WAITING one when it is sent, of a SENDING one when another sender may take it over.
CREATE TABLE notification (
  id TEXT NOT NULL PRIMARY KEY,
  channel TEXT NOT NULL,
  cause TEXT NOT NULL,
  event TEXT NOT NULL,
  subject TEXT NOT NULL,
  severity TEXT,
  title TEXT NOT NULL,
  detail TEXT NOT NULL,
  dataset TEXT,
  link TEXT,
  numbers TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  ended_at BIGINT,
  error TEXT,
  UNIQUE (channel, cause)
);

CREATE INDEX notification_by_due ON notification (channel, state, due_at);
CREATE INDEX notification_by_subject ON notification (channel, subject, state);
