package io.sightglass.engine.query;

import io.sightglass.engine.query.TableFiles.PinnedTable;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.TreeMap;

/** The tag of an answer: equal for two statements only when their answers are. */
final class EntityTag {

  private EntityTag() {}

  /** A digest, not quoted, of all that decides the answer; empty when it cannot be repeated. */
  static Optional<String> of(StatementPlan plan, StatementRequest request, Instant now) {
    if (!plan.guarded().repeatable()) {
      return Optional.empty();
    }
    StringBuilder text = new StringBuilder();
    append(text, plan.guarded().text());
    plan.values()
        .forEach(value ->
            append(text, value == null ? "null" : value.getClass().getName() + " " + value));
    append(text, request.format());
    append(text, request.rows().toString());
    append(text, plan.limits().rows() + " " + plan.limits().bytes());
    for (PinnedTable table : plan.tables()) {
      append(text, table.dataset() + (table.result() ? " result " : " ") + snapshot(table));
    }
    plan.tablesAsRead().forEach(table -> append(text, table.missingDates().toString()));
    append(text, plan.policy().hash());
    new TreeMap<>(plan.variables()).forEach((name, value) -> append(text, name + " " + value));
    if (plan.guarded().usesToday()) {
      append(text, now.atOffset(ZoneOffset.UTC).toLocalDate().toString());
    }
    return Optional.of(Digests.sha256(text.toString()).substring(0, 32));
  }

  private static String snapshot(PinnedTable table) {
    return table.snapshot() == null
        ? "none"
        : table.snapshot().id() + " " + table.snapshot().vaultSnapshotId();
  }

  /** With its length before it, so that no two lists of parts are one text. */
  private static void append(StringBuilder text, String part) {
    text.append(part.length()).append(':').append(part);
  }
}
