package io.sightglass.engine.dataset;

/** What a delivered object does to the table. */
public enum LoadMode {
  /** Rows are added; a key delivered twice adds nothing. */
  APPEND,
  /** Replaces everything loaded for the date (or hour) in its path. */
  REPLACE_DATE,
  /** The newest object replaces the whole table. */
  REPLACE_ALL,
  /** The newest row per key wins. */
  UPSERT;

  /** Whether an object takes the place of what was loaded for its date, or before; else it adds. */
  public boolean replaces() {
    return switch (this) {
      case REPLACE_DATE, REPLACE_ALL -> true;
      case APPEND, UPSERT -> false;
    };
  }
}
