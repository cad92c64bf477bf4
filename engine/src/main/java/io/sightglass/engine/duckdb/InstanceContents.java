package io.sightglass.engine.duckdb;

import io.sightglass.engine.views.View;
import io.sightglass.engine.views.ViewPack;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The names that an instance gives its sessions: tables over files, and the macros and views of one
 * pack. Immutable.
 *
 * @param tables those of the catalogue {@code vault} only for the instance that may open it; a view
 *     with one of the catalogue {@code stored} shows that, any other is computed by its definition
 * @param identified whether views that read the vault are among them
 * @param rows where the rows of the tables are
 */
public record InstanceContents(
    ViewPack pack, List<RawTable> tables, boolean identified, Rows rows) {

  /** Where the rows of the tables are. */
  public enum Rows {
    /** In the files that a session variable names. */
    FILES,
    /** Nowhere: the tables are empty, and secure views plain, so that plans can be looked at. */
    NONE
  }

  /** The session variable, set while definitions run, with the path of a file without rows. */
  static final String NO_ROWS = "no_rows";

  public InstanceContents {
    tables = List.copyOf(tables);
  }

  /** The statements that make the names, in an order in which they can run. */
  List<String> definitions() {
    List<String> statements = new ArrayList<>();
    Stream.concat(Stream.of("raw", "defs"), tables.stream().map(table -> table.catalog().sql()))
        .distinct()
        .forEach(catalog -> statements.add("ATTACH ':memory:' AS " + catalog));
    for (RawTable table : tables) {
      statements.add(
          "CREATE SCHEMA IF NOT EXISTS %s.%s"
              .formatted(table.catalog().sql(), Quoted.name(table.name().schema())));
      statements.addAll(
          switch (rows) {
            case FILES -> overFiles(table);
            case NONE -> List.of(empty(table));
          });
    }
    statements.addAll(macrosAndViews());
    return statements;
  }

  private static List<String> overFiles(RawTable table) {
    return List.of(
        "SET VARIABLE %s = [getvariable('%s')]".formatted(table.filesVariable(), NO_ROWS),
        "CREATE VIEW %s AS SELECT %s FROM read_parquet(getvariable('%s'), hive_partitioning = false, schema = %s)"
            .formatted(
                table.quotedPath(),
                table.readColumns(),
                table.filesVariable(),
                table.readSchema()));
  }

  private static String empty(RawTable table) {
    return "CREATE TABLE %s (%s)"
        .formatted(
            table.quotedPath(),
            table.columns().stream()
                .map(column -> Quoted.name(column.name()) + " " + column.type())
                .collect(Collectors.joining(", ")));
  }

  /** How the views of a policy are made. */
  String createPolicyView() {
    return switch (rows) {
      case FILES -> "CREATE SECURE VIEW";
      case NONE -> "CREATE VIEW";
    };
  }

  /** Whether the instance has the view. */
  boolean has(View view) {
    return identified || !view.identified();
  }

  /** Macros, then views: the pack has each after those that it reads. */
  private List<String> macrosAndViews() {
    List<String> statements = new ArrayList<>(pack.macros());
    List<View> views = pack.views().values().stream().filter(this::has).toList();
    new TreeSet<>(views.stream().map(view -> view.name().schema()).toList())
        .forEach(
            schema -> statements.add("CREATE SCHEMA IF NOT EXISTS defs." + Quoted.name(schema)));
    for (View view : views) {
      statements.add(
          "CREATE VIEW defs.%s.%s AS %s"
              .formatted(
                  Quoted.name(view.name().schema()), Quoted.name(view.name().name()), text(view)));
    }
    return statements;
  }

  private String text(View view) {
    return tables.stream()
        .filter(table -> table.catalog() == RawTable.Catalog.STORED)
        .filter(table -> table.name().equals(view.name()))
        .findFirst()
        .map(table -> ofResult(view, table))
        .orElseGet(view::sql);
  }

  /** Columns have the types of the definition, whatever they are stored as. */
  private static String ofResult(View view, RawTable table) {
    return view.columns().stream()
        .map(column -> {
          String name = Quoted.name(column.name());
          boolean same =
              table.columns().stream()
                  .anyMatch(stored ->
                      stored.name().equals(column.name()) && stored.type().equals(column.type()));
          return same ? name : "CAST(%s AS %s) AS %s".formatted(name, column.type(), name);
        })
        .collect(Collectors.joining(", ", "SELECT ", " FROM " + table.quotedPath()));
  }
}
