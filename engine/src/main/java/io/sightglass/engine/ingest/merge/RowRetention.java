package io.sightglass.engine.ingest.merge;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.ingest.stores.RejectStore;
import io.sightglass.engine.sql.MaskSql;
import io.sightglass.engine.storage.ObjectStore;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which rows of a dataset are older than its contract keeps. Immutable.
 *
 * <p>A row goes when its date, in UTC, lies before the first day that is kept: today's date in UTC
 * less the contract's period. One without a date stays.
 *
 * @param keptFrom the first day that is kept
 */
public record RowRetention(Dataset dataset, LocalDate keptFrom) {

  /** What counts at {@code now}; empty where rows are kept for ever. */
  public static Optional<RowRetention> of(Dataset dataset, Instant now) {
    Period kept = dataset.retention().rows();
    return kept == null
        ? Optional.empty()
        : Optional.of(
            new RowRetention(dataset, now.atOffset(ZoneOffset.UTC).toLocalDate().minus(kept)));
  }

  /** What holds of such rows in the ordinary table; never NULL. */
  public String stored() {
    return isBefore(name(dataset.retention().of()), type());
  }

  /** Admits every file of the ordinary table that may hold such a row. */
  public ScanFilter files() {
    return new ScanFilter.Compare(
        dataset.retention().of(), ScanFilter.Operator.LESS, firstMoment(type()));
  }

  /** Leaves such rows out of a load; they count as filtered. */
  public void dropFrom(LoadTable rows, LocalDate fileDate) {
    rows.dropOutdated(
        dataset
            .findColumn(dataset.retention().of())
            .map(column -> isBefore(atRest(column), column.storedType()))
            .orElse(Boolean.toString(fileDate.isBefore(keptFrom))));
  }

  /**
   * Removes what was rejected from files of a date that is not kept: nobody can tell the rows' own.
   *
   * @return of how many loads
   */
  public int removeRejects(MetadataDatabase database, ObjectStore rejects) {
    Set<String> gone =
        database.read(transaction ->
            transaction
                .list(
                    "SELECT id FROM loads WHERE dataset = ? AND file_date < ?",
                    row -> RejectStore.key(dataset.name(), row.text("id")),
                    dataset.name().toString(),
                    keptFrom.toString())
                .stream()
                .collect(Collectors.toSet()));
    List<String> there;
    try (Stream<ObjectStore.StoredObject> objects =
        rejects.list(RejectStore.folder(dataset.name()))) {
      there = objects.map(ObjectStore.StoredObject::key).filter(gone::contains).toList();
    }
    there.forEach(rejects::delete);
    return there.size();
  }

  private static String atRest(Column column) {
    return column.mask() == null
        ? name(column.name())
        : MaskSql.masked(column.mask(), name(column.name()), column.type(), false);
  }

  private ColumnType type() {
    return dataset.findColumn(dataset.retention().of()).map(Column::storedType).orElse(Scalar.DATE);
  }

  private String isBefore(String value, ColumnType type) {
    return "coalesce(%s < CAST(%s AS %s), false)"
        .formatted(value, text(firstMoment(type)), type.sql());
  }

  /** Of the first day that is kept, in UTC. */
  private String firstMoment(ColumnType type) {
    return type == Scalar.TIMESTAMPTZ
        ? keptFrom + " 00:00:00+00"
        : type == Scalar.TIMESTAMP ? keptFrom + " 00:00:00" : keptFrom.toString();
  }
}
