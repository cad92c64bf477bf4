package io.sightglass.engine.query;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The record of every statement, which is the audit. Thread-safe. */
public interface StatementLog {

  /**
   * Which records to list.
   *
   * @param user whose; null: everybody's
   * @param state null: any
   * @param since submitted at or after; null: any
   * @param cursor {@link Page#next} of the page before; null: the first page
   */
  record Filter(
      @Nullable String user,
      @Nullable StatementState state,
      @Nullable Instant since,
      int limit,
      @Nullable String cursor) {}

  /**
   * Records, the newest first.
   *
   * @param next where the next page begins; null at the end
   */
  record Page(List<StatementRecord> items, @Nullable String next) {}

  Page list(Filter filter);

  Optional<StatementRecord> find(String id);
}
