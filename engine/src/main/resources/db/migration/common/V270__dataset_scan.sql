-- When the landing folder was last looked through for a dataset that says itself when, by whichever process.
CREATE TABLE dataset_scan (
  dataset TEXT NOT NULL PRIMARY KEY,
  scanned_at BIGINT NOT NULL
);
