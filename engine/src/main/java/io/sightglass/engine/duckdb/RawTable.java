package io.sightglass.engine.duckdb;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.sql.Binder.OutputColumn;
import java.util.List;
import java.util.Locale;

/**
 * The shape under which the files of one lake table are read: {@code raw.<schema>.<dataset>},
 * {@code vault.<schema>.<dataset>}, {@code stored.<schema>.<view>}. Immutable.
 *
 * @param columns names and DuckDB types, in order
 * @param readSchema the value of {@code schema} for {@code read_parquet}: columns by field id
 * @param readColumns the list of the SELECT over that {@code read_parquet}
 */
public record RawTable(
    Catalog catalog,
    QualifiedName name,
    List<OutputColumn> columns,
    String readSchema,
    String readColumns) {

  /** What the rows of a table are. */
  public enum Catalog {
    /** Those of a dataset, masked. */
    RAW,
    /** Those of a dataset, as they came. */
    VAULT,
    /** The result of a materialised view. */
    STORED;

    /** Its name in SQL. */
    public String sql() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public RawTable {
    columns = List.copyOf(columns);
  }

  /** The session variable that holds the paths of the files to read: {@code VARCHAR[]}. */
  public String filesVariable() {
    return "files_%s_%s_%s".formatted(catalog.sql(), name.schema(), name.name());
  }

  /** {@code raw.<schema>.<dataset>}. */
  public String path() {
    return catalog.sql() + "." + name;
  }

  String quotedPath() {
    return "%s.%s.%s"
        .formatted(catalog.sql(), Quoted.name(name.schema()), Quoted.name(name.name()));
  }
}
