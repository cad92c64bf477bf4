-- The order in which loads of a dataset were noted as committed, which no clock can turn round;
-- NULL: committed before this was kept, so before all that have a number.
ALTER TABLE loads ADD COLUMN commit_number BIGINT;

CREATE INDEX loads_by_commit ON loads (dataset, commit_number);
