package io.sightglass.engine.table;

import io.sightglass.engine.dataset.ColumnType;

/**
 * One column of a data file. Immutable.
 *
 * @param type as it is stored
 * @param fieldId Iceberg's id of the column, by which readers find it whatever its name was
 * @param fieldIds the value of the column in DuckDB's {@code FIELD_IDS}, nested ids included
 * @param exposed whether {@code raw.…} or {@code vault.…} shows it; the others are for the lake
 *     alone, but are written too
 */
public record LakeColumn(
    String name, ColumnType type, int fieldId, String fieldIds, boolean exposed) {

  /** The type in DuckDB's spelling. */
  public String sqlType() {
    return type.sql();
  }
}
