-- Which process runs a load; NULL: none, or one that was before there were several.
ALTER TABLE loads ADD COLUMN holder TEXT;

-- Two processes that scan at once take turns here, so that neither finds what the other has found.
CREATE TABLE load_scan (
  dataset TEXT NOT NULL PRIMARY KEY,
  scans BIGINT NOT NULL
);
