package io.sightglass.engine.access;

/**
 * What one caller may see of one view, and which rule says so. Immutable.
 *
 * <p>Decided once per statement; {@code POST /v1/sql/check} and the audit show it word for word.
 */
public sealed interface AccessDecision {

  /** Rows that the grant's filter admits are seen; columns without a mask are shown as they are. */
  record Allowed(Role role, Grant grant) implements AccessDecision {}

  /** The caller may not learn that the view exists: answered exactly like an unknown name. */
  record Hidden() implements AccessDecision {}

  /** A role would grant the view, but the token lacks an attribute that the role needs. */
  record MissingAttribute(Role role, String attribute) implements AccessDecision {}
}
