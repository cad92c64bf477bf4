package io.sightglass.engine.dataset;

import io.sightglass.engine.QualifiedName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A dataset contract: what comes in, and how it is kept as {@code raw.<schema>.<name>}. Immutable.
 *
 * @param contact free-form, such as {@code slack} and {@code runbook}
 * @param key columns that identify a row; empty: none
 * @param latestBy column by which the newest row of a key is told; null: the last line wins
 * @param where rows for which this expression over the typed columns is not true are left out;
 *     null: all are kept
 * @param scan when it is looked for; null: as often as the deployment says
 */
public record Dataset(
    QualifiedName name,
    String description,
    String owner,
    String grain,
    Map<String, String> contact,
    List<Source> sources,
    LoadMode load,
    List<String> key,
    @Nullable String latestBy,
    @Nullable String where,
    List<PartitionField> partition,
    Expectations expect,
    Retention retention,
    @Nullable Parts parts,
    @Nullable Control control,
    @Nullable ScanTimes scan,
    List<Column> columns) {

  /** From the date in the object's path, else the day of arrival. DATE. */
  public static final String FILE_DATE = "_file_date";

  /** The load that wrote the row. VARCHAR. */
  public static final String LOAD_ID = "_load_id";

  /** Unique per written row, never used again. VARCHAR. */
  public static final String ROW_KEY = "_row_key";

  public Dataset {
    contact = Map.copyOf(contact);
    sources = List.copyOf(sources);
    key = List.copyOf(key);
    partition = List.copyOf(partition);
    columns = List.copyOf(columns);
  }

  /**
   * How several objects of one date belong together: exactly one of the two is set.
   *
   * @param count how many there are
   * @param done the path of the file that says that all are there
   */
  public record Parts(@Nullable Integer count, @Nullable String done) {}

  /**
   * A file beside the dump with what the source says was sent.
   *
   * @param rows the field with the number of rows; null: not said
   * @param sha256 the field with the digest of the dump; null: not said
   */
  public record Control(String path, @Nullable String rows, @Nullable String sha256) {}

  public Optional<Column> findColumn(String column) {
    return columns.stream().filter(candidate -> candidate.name().equals(column)).findFirst();
  }

  /** The direct columns, in the contract's order: what the vault holds beside the row key. */
  public List<Column> directColumns() {
    return columns.stream().filter(Column::isDirect).toList();
  }
}
