package io.sightglass.engine.views;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Sensitivity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A view of the pack, bound and checked. Immutable.
 *
 * @param sql canonical text whose names are complete: {@code raw.<schema>.<dataset>}, {@code
 *     vault.<schema>.<dataset>}, {@code defs.<schema>.<view>}
 * @param written the SELECT as its author wrote it
 * @param identified whether it reads the vault, itself or through another view
 * @param datasets every dataset that it reads in the end, through views too
 * @param inputs the tables that its text stands on: datasets, and views whose result is stored
 * @param rowForRow the dataset that it shows one row for one row, unfiltered; null: it does not
 */
public record View(
    QualifiedName name,
    Header header,
    String sql,
    String written,
    boolean identified,
    List<ViewColumn> columns,
    Set<QualifiedName> datasets,
    Set<Input> inputs,
    @Nullable QualifiedName rowForRow) {

  public View {
    columns = List.copyOf(columns);
    datasets = Set.copyOf(datasets);
    inputs = Set.copyOf(inputs);
  }

  /** A view that reads no stored result of another. */
  public View(
      QualifiedName name,
      Header header,
      String sql,
      String written,
      boolean identified,
      List<ViewColumn> columns,
      Set<QualifiedName> datasets,
      @Nullable QualifiedName rowForRow) {
    this(
        name,
        header,
        sql,
        written,
        identified,
        columns,
        datasets,
        datasets.stream().map(Input::dataset).collect(Collectors.toSet()),
        rowForRow);
  }

  /**
   * A table that a view stands on.
   *
   * @param result whether it is the stored result of the view of that name; else it is the dataset
   */
  public record Input(QualifiedName name, boolean result) implements Comparable<Input> {

    static Input dataset(QualifiedName name) {
      return new Input(name, false);
    }

    @Override
    public int compareTo(Input other) {
      int byName = name.compareTo(other.name);
      return byName != 0 ? byName : Boolean.compare(result, other.result);
    }
  }

  /** Whether its result is stored as a table. */
  public boolean isMaterialized() {
    return header.materialize() != null;
  }

  /** The tables that a statement over it reads: its own stored result, else its inputs. */
  public Set<Input> tables() {
    return isMaterialized() ? Set.of(new Input(name, true)) : inputs;
  }

  /**
   * The YAML comment before the SELECT.
   *
   * @param columns descriptions by column
   * @param sharedWith schemas whose views may read this one
   * @param listed whether name and contact are shown to those who may not read it
   */
  public record Header(
      String description,
      String grain,
      Map<String, String> columns,
      List<String> examples,
      Set<String> sharedWith,
      boolean listed,
      @Nullable Materialization materialize,
      @Nullable Publication publish) {}

  /**
   * Stored as a table and refreshed.
   *
   * @param refresh {@code on_load}, or {@code daily HH:MM}
   */
  public record Materialization(
      String refresh, List<io.sightglass.engine.dataset.PartitionField> partition) {}

  /**
   * Shown to anybody, small cells suppressed.
   *
   * @param count the column with the number of people behind a row
   * @param k smallest number of people that is shown
   * @param round numbers are rounded to a multiple of this
   */
  public record Publication(String count, int k, int round) {}

  /**
   * One output column.
   *
   * @param type DuckDB's name of its type
   * @param sensitivity the highest of the dataset columns that it comes from
   * @param mask how it is masked at rest, where it is an unchanged masked column; null otherwise
   * @param origins every dataset column that it depends on
   */
  public record ViewColumn(
      String name,
      String type,
      @Nullable String description,
      Sensitivity sensitivity,
      @Nullable Mask mask,
      Set<Origin> origins) {}

  /**
   * A column of a dataset; {@code vault} tells the column as it came from the masked one.
   *
   * @param unchanged whether the view's column is that column and nothing else
   */
  public record Origin(QualifiedName dataset, String column, boolean vault, boolean unchanged) {}

  public Optional<ViewColumn> findColumn(String column) {
    return columns.stream().filter(candidate -> candidate.name().equals(column)).findFirst();
  }
}
