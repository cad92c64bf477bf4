-- Statements that run, to be closed when the process that ran them has died.
CREATE INDEX statement_open ON statement (holder) WHERE state IN ('QUEUED', 'RUNNING');
