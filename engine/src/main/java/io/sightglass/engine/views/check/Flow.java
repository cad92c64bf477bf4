package io.sightglass.engine.views.check;

import io.sightglass.engine.sql.lineage.Lineage;
import io.sightglass.engine.sql.lineage.Lineage.Output;
import io.sightglass.engine.sql.lineage.Lineage.SourceColumn;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where the columns of one view come from in the end, through every view in between. Immutable.
 *
 * @param lineage of the view's own SELECT
 * @param reach by output column: every column of datasets and views that its value depends on
 * @param unlisted the same of an output column that is not in {@code reach}
 * @param roots by output column: the columns whose value it is, unchanged all the way down to a
 *     dataset or to the view that computes it
 * @param conditions every column that decides which rows there are
 */
record Flow(
    Lineage lineage,
    Map<String, Set<SourceColumn>> reach,
    Set<SourceColumn> unlisted,
    Map<String, Set<SourceColumn>> roots,
    Set<SourceColumn> conditions) {

  /** The flow of the view at a path; null for datasets. */
  @FunctionalInterface
  interface Flows extends Function<List<String>, @Nullable Flow> {}

  /** Follows a view's own lineage through the views that it reads. */
  static Flow of(List<String> path, Lineage lineage, Set<List<String>> tables, Flows flows) {
    Map<String, Set<SourceColumn>> reach = new TreeMap<>();
    Map<String, Set<SourceColumn>> roots = new TreeMap<>();
    for (Output output : lineage.outputs()) {
      String name = output.name().toLowerCase(Locale.ROOT);
      reach.computeIfAbsent(name, key -> new HashSet<>()).addAll(follow(output.sources(), flows));
      Set<SourceColumn> own = new HashSet<>();
      for (SourceColumn source : output.unchanged()) {
        Flow flow = flows.apply(source.table());
        own.addAll(
            flow == null
                ? Set.of(source)
                : flow.roots().getOrDefault(source.column(), Set.of(source)));
      }
      roots.put(name, own.isEmpty() ? Set.of(new SourceColumn(path, name)) : own);
    }
    Set<SourceColumn> conditions = new HashSet<>(follow(lineage.conditions(), flows));
    for (List<String> table : tables) {
      Flow flow = flows.apply(table);
      if (flow != null) {
        conditions.addAll(flow.conditions());
      }
    }
    return new Flow(lineage, reach, follow(lineage.unlisted(), flows), roots, conditions);
  }

  /** What an output column's value depends on; one that lineage cannot name, on all it may. */
  Set<SourceColumn> reachOf(String column) {
    return reach.getOrDefault(column, unlisted);
  }

  private static Set<SourceColumn> follow(Set<SourceColumn> sources, Flows flows) {
    Set<SourceColumn> all = new HashSet<>(sources);
    for (SourceColumn source : sources) {
      Flow flow = flows.apply(source.table());
      if (flow != null) {
        all.addAll(flow.reachOf(source.column()));
      }
    }
    return all;
  }

  /** The column whose value an output column is; null when there are several. */
  @Nullable SourceColumn rootOf(String column) {
    Set<SourceColumn> found = roots.getOrDefault(column, Set.of());
    return found.size() == 1 ? found.iterator().next() : null;
  }

  /** The output columns that carry a column unchanged. */
  Set<String> carriersOf(SourceColumn root) {
    Set<String> carriers = new HashSet<>();
    roots.forEach((column, found) -> {
      if (found.equals(Set.of(root))) {
        carriers.add(column);
      }
    });
    return carriers;
  }
}
