package io.sightglass.engine.views;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.sql.Binder.OutputColumn;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A view that every caller has, of what he himself may see. Its rows are in a session variable that
 * the service sets for each statement: JSON, so that no statement creates anything.
 */
public enum CatalogView {
  /** One row per view that the caller may read. */
  TABLES(
      List.of(
          new OutputColumn("schema_name", "VARCHAR"),
          new OutputColumn("table_name", "VARCHAR"),
          new OutputColumn("description", "VARCHAR"),
          new OutputColumn("owner", "VARCHAR"),
          new OutputColumn("grain", "VARCHAR"),
          new OutputColumn("filters", "VARCHAR[]"),
          new OutputColumn("inputs", "VARCHAR[]"),
          new OutputColumn("row_count", "BIGINT"),
          new OutputColumn("bytes", "BIGINT"),
          new OutputColumn("partitions", "BIGINT"),
          new OutputColumn("data_as_of", "TIMESTAMP WITH TIME ZONE"),
          new OutputColumn("last_load", "TIMESTAMP WITH TIME ZONE"),
          new OutputColumn("late_since", "TIMESTAMP WITH TIME ZONE"),
          new OutputColumn("missing_dates", "DATE[]"),
          new OutputColumn("examples", "VARCHAR[]"))),
  /** One row per column of those views that the caller sees. */
  COLUMNS(
      List.of(
          new OutputColumn("schema_name", "VARCHAR"),
          new OutputColumn("table_name", "VARCHAR"),
          new OutputColumn("column_name", "VARCHAR"),
          new OutputColumn("position", "INTEGER"),
          new OutputColumn("type", "VARCHAR"),
          new OutputColumn("description", "VARCHAR"),
          new OutputColumn("sensitivity", "VARCHAR"),
          new OutputColumn("shown", "VARCHAR"),
          new OutputColumn("mask", "VARCHAR"),
          new OutputColumn("rule", "VARCHAR"))),
  /** One row per named query of which the caller may read every view. */
  QUERIES(
      List.of(
          new OutputColumn("schema_name", "VARCHAR"),
          new OutputColumn("query_name", "VARCHAR"),
          new OutputColumn("description", "VARCHAR"),
          new OutputColumn("address", "VARCHAR"),
          new OutputColumn(
              "parameters",
              "STRUCT(\"name\" VARCHAR, \"type\" VARCHAR, \"default\" VARCHAR, \"min\" VARCHAR,"
                  + " \"max\" VARCHAR, description VARCHAR)[]"),
          new OutputColumn("text", "VARCHAR")));

  /** The schema of these views; no department's may be called so. */
  public static final String SCHEMA = "catalog";

  // Made by List.of, of records.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<OutputColumn> columns;

  CatalogView(List<OutputColumn> columns) {
    this.columns = columns;
  }

  /** The view of that name, if it is one of these. */
  public static Optional<CatalogView> find(QualifiedName name) {
    return Arrays.stream(values()).filter(view -> view.view().equals(name)).findFirst();
  }

  /** {@code catalog.tables}. */
  public QualifiedName view() {
    return new QualifiedName(SCHEMA, name().toLowerCase(Locale.ROOT));
  }

  /** Names and DuckDB types, in order. */
  public List<OutputColumn> columns() {
    return columns;
  }

  /** The session variable with the rows: a JSON array of objects by column. */
  public String variable() {
    return "catalog_" + name().toLowerCase(Locale.ROOT);
  }

  /** The SELECT that the view is. */
  public String select() {
    String types =
        columns.stream()
            .map(column -> quoted(column.name()) + " " + column.type())
            .collect(Collectors.joining(", "));
    String names =
        columns.stream()
            .map(column -> "r." + quoted(column.name()) + " AS " + quoted(column.name()))
            .collect(Collectors.joining(", "));
    return "SELECT %s FROM (SELECT unnest(CAST(CAST(getvariable('%s') AS JSON) AS STRUCT(%s)[])) AS r)"
        .formatted(names, variable(), types);
  }

  private static String quoted(String name) {
    return "\"" + name + "\"";
  }
}
