package io.sightglass.engine.views.check;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.sql.GuardedDefinition;
import io.sightglass.engine.sql.lineage.Lineage.Crossing;
import io.sightglass.engine.sql.lineage.Lineage.Equality;
import io.sightglass.engine.sql.lineage.Lineage.Pairing;
import io.sightglass.engine.sql.lineage.Lineage.SourceColumn;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether each row of a view comes from rows of a dataset that agree in some columns, so that
 * a filter on those columns over the view hides the same rows as over the dataset. Not thread-safe.
 */
final class RowWalls {

  private final Function<QualifiedName, @Nullable Definition> views;
  private final Set<SourceColumn> columns;
  private final Set<QualifiedName> datasets;
  private final Map<QualifiedName, Optional<String>> known = new HashMap<>();

  /**
   * Over some columns.
   *
   * @param columns of the filter, as roots
   * @param datasets whose rows the filter hides
   */
  RowWalls(
      Function<QualifiedName, @Nullable Definition> views,
      Set<SourceColumn> columns,
      Set<QualifiedName> datasets) {
    this.views = views;
    this.columns = columns;
    this.datasets = datasets;
  }

  /** What in the view looks across rows that do not agree; empty when nothing does. */
  Optional<String> findBreach(Definition view) {
    Optional<String> before = known.get(view.name());
    if (before != null) {
      return before;
    }
    Optional<String> breach = look(view);
    known.put(view.name(), breach);
    return breach;
  }

  private Optional<String> look(Definition view) {
    Flow flow = view.flow;
    GuardedDefinition guarded = view.guarded;
    if (flow == null || guarded == null) {
      return Optional.empty();
    }
    for (List<String> table : guarded.tables()) {
      Definition read = Tables.isView(table) ? views.apply(Tables.name(table)) : null;
      if (read != null && isOver(table)) {
        Optional<String> inside = findBreach(read);
        if (inside.isPresent()) {
          return inside;
        }
      }
    }
    List<Pairing> pairings = flow.lineage().pairings();
    for (Crossing crossing : flow.lineage().crossings()) {
      if (!isWithin(crossing, pairings)) {
        return Optional.of("%s has a %s".formatted(view.name(), crossing.construct()));
      }
    }
    for (Pairing pairing : pairings) {
      if (isOver(pairing.left())
          && isOver(pairing.right())
          && !isTied(pairing)
          && (pairing.left().equals(pairing.right())
              || !tiedTo(Set.of(pairing.left()), pairings).contains(pairing.right()))) {
        return Optional.of("%s joins rows of it".formatted(view.name()));
      }
    }
    return Optional.empty();
  }

  private boolean isWithin(Crossing crossing, List<Pairing> pairings) {
    Set<List<String>> over = new HashSet<>();
    crossing.tables().stream().filter(this::isOver).forEach(over::add);
    Set<List<String>> good = new HashSet<>();
    for (List<String> table : over) {
      if (columns.stream()
          .allMatch(column ->
              carriers(table, column).stream()
                  .anyMatch(
                      carrier -> crossing.within().contains(new SourceColumn(table, carrier))))) {
        good.add(table);
      }
    }
    return tiedTo(good, pairings).containsAll(over);
  }

  /** The tables, and every one whose rows agree with theirs wherever the two meet. */
  private Set<List<String>> tiedTo(Collection<List<String>> tables, List<Pairing> pairings) {
    Set<List<String>> tied = new HashSet<>(tables);
    boolean grown = true;
    while (grown) {
      grown = false;
      for (Pairing pairing : pairings) {
        if (tied.contains(pairing.left()) != tied.contains(pairing.right())
            && pairings.stream()
                .filter(other -> isSamePair(pairing, other))
                .allMatch(this::isTied)) {
          tied.add(pairing.left());
          tied.add(pairing.right());
          grown = true;
        }
      }
    }
    return tied;
  }

  private static boolean isSamePair(Pairing one, Pairing other) {
    return Set.copyOf(List.of(one.left(), one.right()).stream().distinct().toList())
        .equals(Set.copyOf(List.of(other.left(), other.right()).stream().distinct().toList()));
  }

  /** Whether the two agree in every column, or are the same row. */
  private boolean isTied(Pairing pairing) {
    return isSameRow(pairing)
        || columns.stream()
            .allMatch(column ->
                isEqual(
                    pairing, carriers(pairing.left(), column), carriers(pairing.right(), column)));
  }

  private boolean isSameRow(Pairing pairing) {
    return datasets.stream()
        .anyMatch(dataset ->
            isEqual(pairing, rowKeys(pairing.left(), dataset), rowKeys(pairing.right(), dataset)));
  }

  private static boolean isEqual(Pairing pairing, Set<String> left, Set<String> right) {
    for (Equality equality : pairing.equal()) {
      if (left.contains(equality.left()) && right.contains(equality.right())) {
        return true;
      }
    }
    return false;
  }

  private Set<String> rowKeys(List<String> table, QualifiedName dataset) {
    Set<String> keys =
        new HashSet<>(
            carriers(table, new SourceColumn(Tables.path(Tables.RAW, dataset), Dataset.ROW_KEY)));
    keys.addAll(
        carriers(table, new SourceColumn(Tables.path(Tables.VAULT, dataset), Dataset.ROW_KEY)));
    return keys;
  }

  /** The columns of a table that are a column unchanged. */
  private Set<String> carriers(List<String> table, SourceColumn column) {
    if (!Tables.isView(table)) {
      return column.table().equals(table) ? Set.of(column.column()) : Set.of();
    }
    Definition view = views.apply(Tables.name(table));
    return view == null || view.flow == null ? Set.of() : view.flow.carriersOf(column);
  }

  private boolean isOver(List<String> table) {
    QualifiedName name = Tables.name(table);
    if (!Tables.isView(table)) {
      return datasets.contains(name);
    }
    Definition view = views.apply(name);
    return view != null && view.datasets.stream().anyMatch(datasets::contains);
  }
}
