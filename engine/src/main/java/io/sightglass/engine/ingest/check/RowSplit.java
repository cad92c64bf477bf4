package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.sql.MaskSql;
import io.sightglass.engine.table.LakeColumn;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Splits the rows of a load: direct columns as they came to the vault's files, their masked form to
 * the ordinary ones. Immutable.
 */
public final class RowSplit {

  private final LoadTable rows;
  private final LakeTable table;
  private final String loadId;
  private final LocalDate fileDate;

  /** Gives the session of {@code rows} the keys that the dataset's pseudonyms need. */
  public RowSplit(
      LoadTable rows, LakeTable table, PseudonymKeys keys, String loadId, LocalDate fileDate) {
    this.rows = rows;
    this.table = table;
    this.loadId = loadId;
    this.fileDate = fileDate;
    defineKeys(rows, keys);
  }

  /**
   * Writes the files of one side.
   *
   * @param folder exists; the files come below it
   */
  public List<StagedFile> write(Side side, Path folder) {
    if (rows.written() == 0) {
      return List.of();
    }
    return new ParquetCopy(rows.session(), table, side)
        .writeEach(columns -> query(side, columns), folder);
  }

  private String query(Side side, List<LakeColumn> columns) {
    String stored =
        columns.stream().map(column -> stored(side, column)).collect(Collectors.joining(", "));
    return rows.writtenInParts(stored);
  }

  private String stored(Side side, LakeColumn column) {
    return "CAST(%s AS %s) AS %s"
        .formatted(value(side, column.name()), column.sqlType(), name(column.name()));
  }

  private String value(Side side, String column) {
    return switch (column) {
      case Dataset.FILE_DATE -> "DATE " + text(fileDate.toString());
      case Dataset.LOAD_ID -> text(loadId);
      case Dataset.ROW_KEY -> "(%s || _line)".formatted(text(loadId + "-"));
      default ->
          rows.dataset()
              .findColumn(column)
              .map(known -> side == Side.VAULT ? name(column) : atRest(rows, known))
              // The table still has a column that the contract no longer names.
              .orElse("NULL");
    };
  }

  /** The value as the ordinary table keeps it. */
  private static String atRest(LoadTable rows, Column column) {
    String value = name(column.name());
    Mask mask = column.mask();
    if (mask == null) {
      return value;
    }
    boolean ascii = rows.isAscii(column);
    return switch (mask) {
      case PSEUDONYM ->
          PseudonymKeys.pseudonym(
              String.valueOf(column.domain()), "CAST(%s AS VARCHAR)".formatted(value));
      case LAST4 ->
          ascii
              ? "last4_ascii(CAST(%s AS VARCHAR))".formatted(value)
              : MaskSql.masked(mask, value, column.type(), false);
      case PREFIX3, YEAR, REDACT, SCRUB, NULL -> MaskSql.masked(mask, value, column.type(), ascii);
    };
  }

  /** The first rows, masked as at rest, as text: the contract's columns in its order. */
  public static List<List<@Nullable String>> preview(
      LoadTable rows, PseudonymKeys keys, int limit) {
    List<Column> columns = rows.dataset().columns();
    defineKeys(rows, keys);
    String masked =
        columns.stream()
            .map(column -> "%s AS %s".formatted(atRest(rows, column), name(column.name())))
            .collect(Collectors.joining(", "));
    return rows.session()
        .query(
            "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (%s ORDER BY _line LIMIT %d)"
                .formatted(rows.written(masked), limit),
            List.of(),
            row -> {
              List<@Nullable String> values = new ArrayList<>();
              for (int index = 1; index <= columns.size(); index++) {
                values.add(row.getString(index));
              }
              return values;
            });
  }

  private static void defineKeys(LoadTable rows, PseudonymKeys keys) {
    for (Column column : rows.dataset().columns()) {
      String domain = column.domain();
      if (domain != null) {
        keys.define(rows.session(), domain);
      }
    }
  }
}
