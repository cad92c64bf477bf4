package io.sightglass.engine.query;

import io.sightglass.engine.access.Principal;

/** Runs callers' statements: guard, policy, admission, limits, record. Thread-safe. */
public interface StatementService {

  /**
   * Accepts a statement and returns at once; every failure comes through {@link
   * RunningStatement#opened}.
   */
  <T> RunningStatement<T> execute(
      StatementRequest request, Principal principal, StatementOutput<T> output);
}
