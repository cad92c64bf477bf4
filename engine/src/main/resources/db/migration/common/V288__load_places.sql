-- By what of its contract the sources, dates and slots of a dataset's loads were told; NULL: by
-- that of the day on which each was found.
ALTER TABLE load_scan ADD COLUMN placed_by TEXT;
