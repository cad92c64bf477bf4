package io.sightglass.engine.views;

/** What kind of mistake a pack holds, as {@code check-views} names it. */
public enum MistakeCode {
  /** The file is not text, too large, or a link that leads out of the folder. */
  UNREADABLE_FILE,
  /** A file or folder lies where nothing of its kind belongs. */
  UNEXPECTED_FILE,
  /** A file that must be there is not. */
  MISSING_FILE,
  /** The file is not valid YAML, or uses what the pack does not: anchors, tags, documents. */
  INVALID_YAML,
  /** A key that does not exist at this place. */
  UNKNOWN_KEY,
  /** The same key, name or column twice. */
  DUPLICATE,
  /** A key that must be there is not. */
  MISSING_KEY,
  /** A text where a list belongs, a list where a number belongs, and so on. */
  WRONG_TYPE,
  /** A value that is not among the allowed ones, or not written as it must be. */
  WRONG_VALUE,
  /** A name that does not match {@code [a-z][a-z0-9_]*}, or is reserved. */
  BAD_NAME,
  /** A schema, dataset, view, query, role, attribute or macro that does not exist. */
  UNKNOWN_NAME,
  /** A column that does not exist where it is used. */
  UNKNOWN_COLUMN,
  /** The SQL cannot be parsed. */
  SYNTAX_ERROR,
  /** The SQL uses what no statement may: functions, tables, constructs. */
  NOT_ALLOWED,
  /** The SQL does not type-check. */
  TYPE_MISMATCH,
  /** Views that read each other. */
  CYCLE,
  /** Two keys that exclude each other. */
  CONFLICT,
  /** A role could see through another view what a grant filters, hides or masks. */
  WAY_AROUND,
  /** A persona is answered something else than its golden result says. */
  WRONG_RESULT,
  /** An answer holds what identifies a person. */
  LEAK,
  /** A file of {@code tests/landing} does not load. */
  REFUSED_FILE,
  /** A parameter of a query that its SQL does not use. A warning. */
  UNUSED_PARAMETER,
  /** A grant shows three quasi-identifiers of one dataset unmasked. A warning. */
  QUASI_IDENTIFIERS
}
