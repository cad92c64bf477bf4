package io.sightglass.engine.query;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.sql.Binder.OutputColumn;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an answer before its first row: what HTTP puts into headers. Immutable.
 *
 * @param columns name and DuckDB type, as the caller's statement gives them
 * @param tables the tables that were read, each at one snapshot
 * @param masked every column, as {@code schema.view.column}, that the statement reads and that the
 *     caller sees masked
 * @param rowLimit the role's limit of rows
 * @param dataAsOf the oldest of the tables' data; null when no table was read or none has data
 * @param etag digest of all that decides the answer, not quoted; null when it cannot be repeated
 */
public record StatementAnswer(
    String id,
    List<OutputColumn> columns,
    List<TableAsRead> tables,
    PolicyAsApplied policy,
    List<String> masked,
    long rowLimit,
    @Nullable Instant dataAsOf,
    @Nullable String etag) {

  /**
   * One table as the statement read it.
   *
   * @param snapshotId null when nothing was loaded yet
   * @param dataAsOf when the snapshot was committed; null when nothing was loaded yet
   */
  public record TableAsRead(
      QualifiedName name,
      @Nullable Long snapshotId,
      @Nullable Instant dataAsOf,
      List<LocalDate> missingDates) {}

  /**
   * The policy that the answer is under.
   *
   * @param role the roles whose grants were used, comma separated
   * @param masks {@code schema.view.column: mask}
   */
  public record PolicyAsApplied(
      String hash, String role, List<String> masks, List<FilterAsApplied> filters) {}

  /** A row filter that a view was read under. */
  public record FilterAsApplied(QualifiedName view, String text, String rule) {}
}
