package io.sightglass.engine.duckdb;

import io.sightglass.engine.QualifiedName;
import java.util.List;

/**
 * The shape under which the files of one lake table are read: {@code raw.<schema>.<dataset>} or
 * {@code vault.<schema>.<dataset>}. Immutable.
 */
public record RawTable(Catalog catalog, QualifiedName name, List<RawColumn> columns) {

  /** Where direct identifiers are not, and where they are. */
  public enum Catalog {
    RAW,
    VAULT;

    /** Its name in SQL. */
    public String sql() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  public RawTable {
    columns = List.copyOf(columns);
  }

  /**
   * One column of a table.
   *
   * @param type DuckDB's spelling
   * @param fieldId Iceberg's, by which files name it
   */
  public record RawColumn(String name, String type, int fieldId) {}

  /** The session variable that holds the paths of the files to read: {@code VARCHAR[]}. */
  public String filesVariable() {
    return "files_%s_%s_%s".formatted(catalog.sql(), name.schema(), name.name());
  }

  /** {@code raw.<schema>.<dataset>}. */
  public String path() {
    return catalog.sql() + "." + name;
  }
}
