package io.sightglass.engine.table;

/** One of the two tables of a dataset. */
public enum Side {
  /** Every column, direct ones masked. */
  ORDINARY,
  /** The direct columns as they came, with the row's key. */
  VAULT
}
