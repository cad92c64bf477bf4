-- The processes that share the database, by the name that each has again after a restart, with their last sign of life.
CREATE TABLE replica (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  seen_at BIGINT NOT NULL
);

-- What one process alone may work on.
CREATE TABLE lease (
  what TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  taken_at BIGINT NOT NULL
);
