-- The first answers to requests that came with an idempotency key, for a day. Keys and bodies are digests.
CREATE TABLE request (
  id TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL,
  answered_at BIGINT NOT NULL,
  status INTEGER NOT NULL,
  location TEXT,
  answer TEXT NOT NULL
);
CREATE INDEX request_answered_at ON request (answered_at);
