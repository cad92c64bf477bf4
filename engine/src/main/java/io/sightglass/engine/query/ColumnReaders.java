package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.query.StatementAnswer.TableAsRead;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.ViewPack;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Who ran statements over a dataset, for a column of it that turned out to identify people: out of
 * the record of all statements, and never with a statement's text. Thread-safe.
 *
 * <p>Listed is every statement that began to run and read the dataset's table, or the stored result
 * of a view over it: rather one too many, since views were others when it ran.
 */
public final class ColumnReaders {

  private final MetadataDatabase database;

  public ColumnReaders(MetadataDatabase database) {
    this.database = database;
  }

  /**
   * One statement.
   *
   * @param role whose grants were used
   * @param tables that it read, each with its snapshot
   * @param shown whether one of its views, as it is defined today, has an output that depends on
   *     the column; also where a view is unknown today
   */
  public record Reading(
      String statementId,
      String user,
      @Nullable String role,
      Instant at,
      List<QualifiedName> views,
      List<TableAsRead> tables,
      boolean identified,
      @Nullable Long rowCount,
      boolean shown) {}

  /**
   * Statements, the newest first.
   *
   * @param next where the next page begins; null at the end
   */
  public record Page(List<Reading> items, @Nullable String next) {}

  /** A user's statements over a dataset. */
  public record Reader(String user, long statements, Instant first, Instant last) {}

  /**
   * The statements over a dataset.
   *
   * @param cursor {@link Page#next} of the page before; null: the first page
   * @throws EngineException {@code INVALID_REQUEST} for a cursor that no page gave
   */
  public Page list(
      ViewPack pack, QualifiedName dataset, String column, int limit, @Nullable String cursor) {
    List<@Nullable Object> values = new ArrayList<>(patterns(pack, dataset));
    String condition = over(values.size());
    if (cursor != null) {
      StatementLog.Cursor after = StatementLog.Cursor.of(cursor);
      condition += " AND (submitted_at < ? OR (submitted_at = ? AND id < ?))";
      values.addAll(List.of(after.submittedAt(), after.submittedAt(), after.id()));
    }
    values.add(limit + 1);
    String sql =
        "SELECT * FROM statement WHERE %s ORDER BY submitted_at DESC, id DESC LIMIT ?"
            .formatted(condition);
    List<StatementRecord> found =
        database.read(
            transaction -> transaction.list(sql, StatementJson::record, values.toArray()));
    List<StatementRecord> shown = found.subList(0, Math.min(limit, found.size()));
    return new Page(
        shown.stream().map(one -> reading(one, pack, dataset, column)).toList(),
        found.size() <= limit ? null : StatementLog.Cursor.after(shown.getLast()).text());
  }

  /** Who they are, by name. */
  public List<Reader> readers(ViewPack pack, QualifiedName dataset) {
    List<String> patterns = patterns(pack, dataset);
    return database.read(transaction ->
        transaction.list(
            """
            SELECT user_name, count(*) AS statements, min(submitted_at) AS first_at,
              max(submitted_at) AS last_at
            FROM statement WHERE %s GROUP BY user_name ORDER BY user_name\
            """
                .formatted(over(patterns.size())),
            row ->
                new Reader(
                    row.text("user_name"),
                    row.number("statements"),
                    row.instant("first_at"),
                    row.instant("last_at")),
            patterns.toArray()));
  }

  /** What began to run over one of so many tables, each at a state that it had. */
  private static String over(int tables) {
    return "decision = 'ALLOWED' AND started_at IS NOT NULL AND (%s)"
        .formatted(
            IntStream.range(0, tables)
                .mapToObj(table -> "tables LIKE ? ESCAPE '!'")
                .collect(Collectors.joining(" OR ")));
  }

  /** Of the record's JSON, which nothing but a table of that name fits; names have {@code _}. */
  private static List<String> patterns(ViewPack pack, QualifiedName dataset) {
    Set<String> names = new TreeSet<>(Set.of(dataset.toString()));
    for (View view : pack.views().values()) {
      if (view.isMaterialized() && view.datasets().contains(dataset)) {
        names.add(view.name().toString());
      }
    }
    return names.stream()
        .map(name -> "%\"name\":\"" + name.replace("_", "!_") + "\",\"snapshotId\":%")
        .toList();
  }

  private static Reading reading(
      StatementRecord statement, ViewPack pack, QualifiedName dataset, String column) {
    StatementAnswer.PolicyAsApplied policy = statement.policy();
    return new Reading(
        statement.id(),
        statement.user(),
        policy == null ? null : policy.role(),
        statement.submittedAt(),
        statement.views(),
        statement.tables(),
        statement.identified(),
        statement.rowCount(),
        statement.views().stream()
            .anyMatch(view -> shows(pack.views().get(view), dataset, column)));
  }

  private static boolean shows(@Nullable View view, QualifiedName dataset, String column) {
    return view == null
        || view.columns().stream()
            .flatMap(output -> output.origins().stream())
            .anyMatch(origin -> origin.dataset().equals(dataset) && origin.column().equals(column));
  }
}
