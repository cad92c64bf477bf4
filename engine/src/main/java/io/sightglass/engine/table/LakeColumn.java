package io.sightglass.engine.table;

import io.sightglass.engine.dataset.ColumnType;

/**
 * One column of a data file. Immutable.
 *
 * @param type as it is stored
 * @param fieldId Iceberg's id of the column, by which readers find it whatever its name was
 * @param fieldIds the value of the column in DuckDB's {@code FIELD_IDS}, nested ids included
 * @param readType the type to ask {@code read_parquet} for, in DuckDB's spelling: with every field
 *     that a STRUCT has ever had, so that files of any age have one of them
 * @param exposed whether {@code raw.…} or {@code vault.…} shows it; the others are for the lake
 *     alone, but are written too
 */
public record LakeColumn(
    String name, ColumnType type, int fieldId, String fieldIds, String readType, boolean exposed) {

  StoredLayout.StoredColumn stored() {
    return new StoredLayout.StoredColumn(name, fieldId, fieldIds, type);
  }

  /** The type in DuckDB's spelling. */
  public String sqlType() {
    return type.sql();
  }

  /**
   * The column as an item of the list of a SELECT over {@code read_parquet}.
   *
   * <p>DuckDB 2.0 pushes the reading of one field of a STRUCT down to files by its position, not by
   * its name: over a file whose STRUCT has other fields it yields the value of another field, or
   * fails and takes the instance with it. It does not see through {@code coalesce}.
   */
  String readSql() {
    String quoted = IcebergTypes.quoted(name);
    String whole = type instanceof ColumnType.Struct ? "coalesce(" + quoted + ", NULL)" : quoted;
    String read = readType.equals(sqlType()) ? whole : "CAST(" + whole + " AS " + sqlType() + ")";
    return read.equals(quoted) ? quoted : read + " AS " + quoted;
  }
}
