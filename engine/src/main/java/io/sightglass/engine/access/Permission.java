package io.sightglass.engine.access;

import java.util.Locale;

/** What a role may do besides reading views. */
public enum Permission {
  /** See, retry, scan and backfill loads, and add notes. */
  LOADS,
  /** See rejected values; each look is audited. */
  REJECTS,
  ALERTS,
  /** See the statements of others, without their text. */
  STATEMENTS,
  AUDIT,
  ERASURES,
  PUBLISH,
  /** See view texts and plans. */
  DEFINITIONS;

  /** Its name in {@code roles.yaml} and in answers. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
