package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Dataset;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Lets the rows of a load meet the rows that a table holds of the same keys: of each key the newest
 * stays. Used by one thread; merging once more decides anew.
 *
 * <p>A load's row that loses counts as duplicate; a stored one that loses is superseded: it goes in
 * the commit that brings the newer one.
 */
public final class RowMerge {

  private final LoadTable rows;

  public RowMerge(LoadTable rows) {
    this.rows = rows;
  }

  /** The table of the row keys of superseded rows. */
  public static String superseded(LoadTable rows) {
    return rows.catalog() + ".superseded";
  }

  /**
   * Lets rows count again that another attempt had found to be beaten, by a table that has changed
   * since. First of all: what may hold the keys of a load is asked about all of its rows.
   */
  public void reset() {
    String catalog = rows.catalog();
    rows.session()
        .execute("CREATE TABLE IF NOT EXISTS %s.beaten (_line BIGINT)".formatted(catalog));
    rows.session()
        .execute(
            "DELETE FROM %1$s.lost WHERE _line IN (SELECT _line FROM %1$s.beaten)"
                .formatted(catalog));
    rows.countDuplicates();
  }

  /**
   * Merges, after {@link #reset}.
   *
   * @param stored a query of the table's rows: the key's columns, {@code latest_by} and {@code
   *     _row_key}, by name
   * @param winsTies whether a stored row of that load stays where both are equally new
   * @param repeated loads of the same content; their rows without a whole key, which nothing can be
   *     compared with, give way
   * @return the loads that superseded rows are of; empty: nothing is superseded
   */
  public Set<String> merge(String stored, Predicate<String> winsTies, Set<String> repeated) {
    String catalog = rows.catalog();
    meet(stored);
    letTiesStay(winsTies);
    rows.session()
        .execute(
            "CREATE OR REPLACE TABLE %1$s.beaten AS SELECT DISTINCT _line FROM %1$s.met WHERE NOT wins"
                .formatted(catalog));
    rows.session()
        .execute("INSERT INTO %1$s.lost SELECT _line FROM %1$s.beaten".formatted(catalog));
    rows.countDuplicates();
    return supersede(stored, repeated);
  }

  private void meet(String stored) {
    Dataset dataset = rows.dataset();
    String latest = dataset.latestBy();
    String rank =
        latest == null
            ? "0"
            : """
            CASE WHEN i.%1$s IS NOT DISTINCT FROM s.%1$s THEN 0 WHEN i.%1$s IS NULL THEN -1
              WHEN s.%1$s IS NULL OR i.%1$s > s.%1$s THEN 1 ELSE -1 END\
            """
                .formatted(name(latest));
    String same =
        dataset.key().stream()
            .map(key -> "i.%1$s = s.%1$s".formatted(name(key)))
            .collect(Collectors.joining(" AND "));
    rows.session()
        .execute(
            """
            CREATE OR REPLACE TABLE %1$s.met AS
            SELECT *, rank >= 0 AS wins FROM (
              SELECT i._line, s.%2$s, %3$s AS rank FROM %4$s AS i JOIN (%5$s) AS s ON %6$s)\
            """
                .formatted(
                    rows.catalog(), name(Dataset.ROW_KEY), rank, rows.wanted(), stored, same));
  }

  private void letTiesStay(Predicate<String> winsTies) {
    List<String> tied =
        rows
            .session()
            .query(
                "SELECT DISTINCT %s FROM %s.met WHERE rank = 0".formatted(loadId(), rows.catalog()),
                List.of(),
                row -> row.getString(1))
            .stream()
            .filter(winsTies)
            .toList();
    if (!tied.isEmpty()) {
      rows.session()
          .execute(
              "UPDATE %s.met SET wins = false WHERE rank = 0 AND %s IN (%s)"
                  .formatted(rows.catalog(), loadId(), texts(tied)));
    }
  }

  private Set<String> supersede(String stored, Set<String> repeated) {
    String table = superseded(rows);
    rows.session()
        .execute(
            "CREATE OR REPLACE TABLE %1$s AS SELECT DISTINCT %2$s FROM %3$s.met ANTI JOIN %3$s.lost USING (_line)"
                .formatted(table, name(Dataset.ROW_KEY), rows.catalog()));
    if (!repeated.isEmpty()) {
      String keyless =
          rows.dataset().key().stream()
              .map(key -> name(key) + " IS NULL")
              .collect(Collectors.joining(" OR "));
      rows.session()
          .execute(
              "INSERT INTO %s SELECT %s FROM (%s) WHERE (%s) AND %s IN (%s)"
                  .formatted(
                      table,
                      name(Dataset.ROW_KEY),
                      stored,
                      keyless,
                      loadId(),
                      texts(List.copyOf(repeated))));
    }
    return new TreeSet<>(
        rows.session()
            .query(
                "SELECT DISTINCT %s FROM %s".formatted(loadId(), table),
                List.of(),
                row -> row.getString(1)));
  }

  /** The load that wrote a row, out of its row key. */
  private static String loadId() {
    return "regexp_replace(%s, '-[^-]*$', '')".formatted(name(Dataset.ROW_KEY));
  }

  private static String texts(List<String> values) {
    return values.stream().map(value -> text(value)).collect(Collectors.joining(", "));
  }
}
