package io.sightglass.engine.table;

import io.sightglass.engine.dataset.ColumnType;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.iceberg.types.Types;

/**
 * Every column that a table keeps, also those that its contract no longer names: how data files are
 * read whole and written anew so that nothing of them is lost. Immutable.
 */
public record StoredLayout(List<StoredColumn> columns) {

  /**
   * One column.
   *
   * @param fieldIds its value in DuckDB's {@code FIELD_IDS}, nested ids included
   * @param type with every field that a STRUCT has ever had
   */
  public record StoredColumn(String name, int fieldId, String fieldIds, ColumnType type) {

    static StoredColumn of(String name, Types.NestedField field) {
      return new StoredColumn(
          name, field.fieldId(), IcebergTypes.fieldIds(field), IcebergTypes.of(field.type()));
    }

    /** The type in DuckDB's spelling. */
    public String sqlType() {
      return type.sql();
    }

    /** Whether it is no plain value. */
    public boolean nested() {
      return type instanceof ColumnType.ListOf || type instanceof ColumnType.Struct;
    }
  }

  public StoredLayout {
    columns = List.copyOf(columns);
  }

  /** The same with more columns at its end. */
  public StoredLayout with(List<StoredColumn> more) {
    return new StoredLayout(Stream.concat(columns.stream(), more.stream()).toList());
  }

  /** By name of the column. */
  public Map<String, Integer> ids() {
    return columns.stream().collect(Collectors.toMap(StoredColumn::name, StoredColumn::fieldId));
  }

  /** The value of {@code FIELD_IDS} for a COPY. */
  public String copyFieldIds() {
    return columns.stream()
        .map(column -> IcebergTypes.quoted(column.name()) + ": " + column.fieldIds())
        .collect(Collectors.joining(", ", "{", "}"));
  }

  /** The value of {@code schema} for a {@code read_parquet}. */
  public String readSchema() {
    return columns.stream()
        .map(column ->
            "%d: {name: '%s', type: '%s', default_value: NULL}"
                .formatted(
                    column.fieldId(),
                    column.name().replace("'", "''"),
                    column.sqlType().replace("'", "''")))
        .collect(Collectors.joining(", ", "map {", "}"));
  }

  /** The list of a SELECT over that {@code read_parquet}, each column in its own type. */
  public String readColumns() {
    return readColumns(Map.of());
  }

  /**
   * The same with other expressions for some columns.
   *
   * @param expressions by column
   */
  public String readColumns(Map<String, String> expressions) {
    return columns.stream()
        .map(column -> {
          String quoted = IcebergTypes.quoted(column.name());
          // See LakeColumn: without it, fields of a STRUCT are read by their place.
          String read = column.nested() ? "coalesce(" + quoted + ", NULL)" : quoted;
          return "CAST(%s AS %s) AS %s"
              .formatted(expressions.getOrDefault(column.name(), read), column.sqlType(), quoted);
        })
        .collect(Collectors.joining(", "));
  }
}
