package io.sightglass.web.api;

import io.sightglass.engine.access.Principal;
import io.sightglass.engine.query.CheckingStatement;
import io.sightglass.engine.query.RunningStatement;
import io.sightglass.engine.query.StatementOutput;
import io.sightglass.engine.query.StatementRequest;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;

/** Runs callers' statements, as the API needs it. Thread-safe. */
public interface Statements {

  /** Accepts a statement and returns at once. */
  <T> RunningStatement<T> execute(
      StatementRequest request, Principal principal, StatementOutput<T> output);

  /** What a statement would do, without running it. */
  CheckingStatement check(StatementRequest request, Principal principal);

  /**
   * The tag of the statement's answer, if it is one of {@code tags}: not quoted, {@code *} for any.
   */
  CompletableFuture<Optional<String>> findUnchanged(
      StatementRequest request, Principal principal, Collection<String> tags);

  /** Stops a statement, if it still runs; whether it did. */
  boolean cancel(String id);

  /** The share of a running statement that is done; empty where nobody can tell. */
  OptionalDouble progress(String id);
}
