-- Which columns told persons of a scope when one of it was erased: they are looked at under it also after the contract changes.
CREATE TABLE erased_columns (
  dataset TEXT NOT NULL,
  columns TEXT NOT NULL,
  scope TEXT NOT NULL,
  PRIMARY KEY (dataset, columns, scope)
);
