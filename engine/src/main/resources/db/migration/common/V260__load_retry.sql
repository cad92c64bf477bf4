-- Of a FOUND load whose last attempt failed: when the next one is due; NULL: at once.
ALTER TABLE loads ADD COLUMN due_at BIGINT;

-- What came before and after a date is asked at every load.
CREATE INDEX loads_by_date ON loads (dataset, file_date, state);
