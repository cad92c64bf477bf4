package io.sightglass.engine.dataset;

/** How a value is hidden. NULL stays NULL under every mask. */
public enum Mask {
  /**
   * 32 hex digits of HMAC-SHA256 over the canonical text of the value, keyed per domain: the same
   * person has one pseudonym in every dataset. At rest only.
   */
  PSEUDONYM,
  /** Letters and digits but the last four become {@code *}; with four or fewer, all. */
  LAST4,
  /** First three characters, the rest {@code *}. */
  PREFIX3,
  /** First of January of the year, as DATE at rest. */
  YEAR,
  /** {@code [redacted]}. */
  REDACT,
  /**
   * Identifiers inside a text, such as SSN, phone, e-mail, long numbers, become {@code [redacted]}.
   */
  SCRUB,
  /** NULL. */
  NULL;

  /**
   * The type of a column of {@code type} masked at rest: text, but for {@link #YEAR} and {@link
   * #NULL}.
   */
  public ColumnType storedType(ColumnType type) {
    return switch (this) {
      case YEAR -> ColumnType.Scalar.DATE;
      case NULL -> type;
      case PSEUDONYM, LAST4, PREFIX3, REDACT, SCRUB -> ColumnType.Scalar.VARCHAR;
    };
  }
}
