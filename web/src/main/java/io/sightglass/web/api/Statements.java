package io.sightglass.web.api;

import io.sightglass.engine.access.Principal;
import io.sightglass.engine.query.RunningStatement;
import io.sightglass.engine.query.StatementOutput;
import io.sightglass.engine.query.StatementRequest;
import java.util.OptionalDouble;

/** Runs callers' statements, as the API needs it. Thread-safe. */
public interface Statements {

  /** Accepts a statement and returns at once. */
  <T> RunningStatement<T> execute(
      StatementRequest request, Principal principal, StatementOutput<T> output);

  /** Stops a statement, if it still runs; whether it did. */
  boolean cancel(String id);

  /** The share of a running statement that is done; empty where nobody can tell. */
  OptionalDouble progress(String id);
}
