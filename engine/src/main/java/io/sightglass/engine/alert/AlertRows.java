package io.sightglass.engine.alert;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.AlertService.Happening;
import io.sightglass.engine.database.Row;
import io.sightglass.engine.database.Transaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The statements over the table of alerts. */
final class AlertRows {

  private static final String RANK = "CASE state WHEN 'RESOLVED' THEN 1 ELSE 0 END";

  private AlertRows() {}

  static Optional<Alert> find(Transaction transaction, String fingerprint) {
    return transaction.find(
        "SELECT * FROM alert WHERE fingerprint = ?", AlertRows::alert, fingerprint);
  }

  /** The alert, which nobody else changes until the transaction ends. */
  static Optional<Alert> lock(Transaction transaction, String fingerprint) {
    transaction.update(
        "UPDATE alert SET fingerprint = fingerprint WHERE fingerprint = ?", fingerprint);
    return find(transaction, fingerprint);
  }

  static void raise(Transaction transaction, Happening happening, Instant now) {
    QualifiedName dataset = happening.dataset();
    transaction.update(
        """
        INSERT INTO alert AS a
          (fingerprint, severity, state, title, detail, dataset, link, happenings, first_at, last_at)
        VALUES (?, ?, 'OPEN', ?, ?, ?, ?, 1, ?, ?)
        ON CONFLICT (fingerprint) DO UPDATE SET
          severity = excluded.severity,
          title = excluded.title,
          detail = excluded.detail,
          dataset = excluded.dataset,
          link = excluded.link,
          last_at = excluded.last_at,
          first_at = CASE a.state WHEN 'RESOLVED' THEN excluded.first_at ELSE a.first_at END,
          happenings = CASE a.state WHEN 'RESOLVED' THEN 1 ELSE a.happenings + 1 END,
          assignee = CASE a.state WHEN 'RESOLVED' THEN NULL ELSE a.assignee END,
          acknowledged_by = CASE a.state WHEN 'RESOLVED' THEN NULL ELSE a.acknowledged_by END,
          resolved_at = NULL,
          resolved_by = NULL,
          resolution = NULL,
          resolution_link = NULL,
          cause_gone = NULL,
          state = CASE a.state WHEN 'RESOLVED' THEN 'OPEN' ELSE a.state END
        """,
        happening.fingerprint(),
        happening.severity(),
        happening.title(),
        happening.detail(),
        dataset == null ? null : dataset.toString(),
        happening.link(),
        now,
        now);
  }

  static void renew(Transaction transaction, Happening happening) {
    transaction.update(
        """
        UPDATE alert SET severity = ?, title = ?, detail = ?, link = ?
        WHERE fingerprint = ? AND state <> 'RESOLVED'
        """,
        happening.severity(),
        happening.title(),
        happening.detail(),
        happening.link(),
        happening.fingerprint());
  }

  static int acknowledge(Transaction transaction, String fingerprint, String by) {
    return transaction.update(
        """
        UPDATE alert SET state = 'ACKNOWLEDGED', acknowledged_by = ?
        WHERE fingerprint = ? AND state = 'OPEN'
        """,
        by,
        fingerprint);
  }

  static int assign(Transaction transaction, String fingerprint, String to) {
    return transaction.update(
        "UPDATE alert SET assignee = ? WHERE fingerprint = ? AND assignee IS DISTINCT FROM ?",
        to,
        fingerprint,
        to);
  }

  static int resolve(Transaction transaction, String fingerprint, Alert.Resolution resolution) {
    return transaction.update(
        """
        UPDATE alert
        SET state = 'RESOLVED', resolved_at = ?, resolved_by = ?, resolution = ?, resolution_link = ?
        WHERE fingerprint = ? AND state <> 'RESOLVED'
        """,
        resolution.at(),
        resolution.by(),
        resolution.text(),
        resolution.link(),
        fingerprint);
  }

  static int causeGone(Transaction transaction, String fingerprint) {
    return transaction.update(
        "UPDATE alert SET cause_gone = TRUE WHERE fingerprint = ? AND state = 'RESOLVED'",
        fingerprint);
  }

  static int mute(Transaction transaction, String fingerprint, Alert.Mute mute) {
    return transaction.update(
        """
        UPDATE alert SET muted_until = ?, muted_by = ?, mute_reason = ?, mute_link = ?
        WHERE fingerprint = ?
        """,
        mute.until(),
        mute.by(),
        mute.reason(),
        mute.link(),
        fingerprint);
  }

  static void unmute(Transaction transaction, String fingerprint) {
    transaction.update(
        """
        UPDATE alert SET muted_until = NULL, muted_by = NULL, mute_reason = NULL, mute_link = NULL
        WHERE fingerprint = ?
        """,
        fingerprint);
  }

  /** Whose mute ends at {@code now} or before. */
  static List<String> mutedUntil(Transaction transaction, Instant now) {
    return transaction.list(
        "SELECT fingerprint FROM alert WHERE muted_until <= ? ORDER BY fingerprint",
        row -> row.text("fingerprint"),
        now);
  }

  /**
   * Those whose fingerprint begins with {@code kind} that are open, or that a person has resolved
   * whose cause has lasted since.
   */
  static List<Alert> settled(Transaction transaction, String kind) {
    return transaction.list(
        """
        SELECT * FROM alert WHERE substr(fingerprint, 1, ?) = ?
          AND (state <> 'RESOLVED' OR (resolved_by IS NOT NULL AND cause_gone IS NOT TRUE))
        ORDER BY fingerprint\
        """,
        AlertRows::alert,
        kind.length(),
        kind);
  }

  static List<Alert> list(
      Transaction transaction, AlertFilter filter, AlertCursor after, int limit) {
    StringBuilder sql = new StringBuilder("SELECT * FROM alert WHERE (");
    sql.append(RANK).append(" > ? OR ").append(RANK);
    sql.append(" = ? AND (last_at < ? OR last_at = ? AND fingerprint > ?))");
    List<Object> parameters =
        new ArrayList<>(
            List.of(
                after.rank(), after.rank(), after.lastAt(), after.lastAt(), after.fingerprint()));
    QualifiedName dataset = filter.dataset();
    if (dataset != null) {
      sql.append(" AND dataset = ?");
      parameters.add(dataset.toString());
    }
    Alert.State state = filter.state();
    if (state != null) {
      sql.append(" AND state = ?");
      parameters.add(state);
    }
    Alert.Severity severity = filter.severity();
    if (severity != null) {
      sql.append(" AND severity = ?");
      parameters.add(severity);
    }
    sql.append(" ORDER BY ").append(RANK).append(", last_at DESC, fingerprint LIMIT ?");
    parameters.add(limit);
    return transaction.list(sql.toString(), AlertRows::alert, parameters.toArray());
  }

  private static Alert alert(Row row) {
    String dataset = row.textOrNull("dataset");
    return new Alert(
        row.text("fingerprint"),
        row.constant(Alert.Severity.class, "severity"),
        row.constant(Alert.State.class, "state"),
        row.text("title"),
        row.text("detail"),
        dataset == null ? null : QualifiedName.parse(dataset),
        row.textOrNull("link"),
        row.number("happenings"),
        row.instant("first_at"),
        row.instant("last_at"),
        row.textOrNull("assignee"),
        row.textOrNull("acknowledged_by"),
        resolution(row),
        mute(row));
  }

  private static Alert.@Nullable Resolution resolution(Row row) {
    Instant at = row.instantOrNull("resolved_at");
    return at == null
        ? null
        : new Alert.Resolution(
            at,
            row.textOrNull("resolved_by"),
            row.textOrNull("resolution"),
            row.textOrNull("resolution_link"));
  }

  private static Alert.@Nullable Mute mute(Row row) {
    Instant until = row.instantOrNull("muted_until");
    return until == null
        ? null
        : new Alert.Mute(
            until, row.text("muted_by"), row.text("mute_reason"), row.textOrNull("mute_link"));
  }
}
