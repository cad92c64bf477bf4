-- Whether the cause of an alert that a person has resolved has gone since: then it may open again.
ALTER TABLE alert ADD COLUMN cause_gone BOOLEAN;
