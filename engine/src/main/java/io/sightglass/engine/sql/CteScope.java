package io.sightglass.engine.sql;

import org.jspecify.annotations.Nullable;

/**
 * The common table expressions that a name may mean at one place. Immutable.
 *
 * <p>DuckDB's rule, exactly: an expression sees those before it in its WITH and those of the
 * queries around it; its own name inside its body is the outer one, except in the recursive branch
 * of a recursive one.
 */
record CteScope(@Nullable CteScope outer, String name) {

  static final CteScope NONE = new CteScope(null, "");

  CteScope with(String added) {
    return new CteScope(this, Names.fold(added));
  }

  boolean contains(String asked) {
    String folded = Names.fold(asked);
    for (CteScope scope = this; scope != null; scope = scope.outer) {
      if (!folded.isEmpty() && scope.name.equals(folded)) {
        return true;
      }
    }
    return false;
  }
}
