package io.sightglass.engine.sql.lineage;

import io.sightglass.engine.sql.Names;
import io.sightglass.engine.sql.lineage.Flows.FlowColumn;
import io.sightglass.engine.sql.lineage.Flows.Rows;
import io.sightglass.engine.sql.lineage.Flows.TableUse;
import io.sightglass.engine.sql.lineage.Flows.UseColumn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The tables and names at one place of a query, for lineage. Used by one thread. */
final class LineageScope {

  /** Something in FROM under its name. Immutable; two of the same name and rows are two. */
  static final class Binding {

    private final List<String> path;
    private final Rows rows;

    /**
     * Binds rows to a name.
     *
     * @param path its alias, or the complete path of a table without one
     */
    Binding(List<String> path, Rows rows) {
      this.path = path;
      this.rows = rows;
    }

    Rows rows() {
      return rows;
    }

    /** Whether {@code qualifier} may mean this: the end of its path. */
    boolean isNamed(List<String> qualifier) {
      int from = path.size() - qualifier.size();
      return from >= 0 && path.subList(from, path.size()).equals(qualifier);
    }

    Binding asNullable() {
      List<FlowColumn> columns = rows.columns().stream().map(FlowColumn::asNullable).toList();
      return new Binding(
          path, new Rows(columns, rows.uses(), rows.conditions(), rows.links(), rows.complete()));
    }
  }

  /** A column as {@code *} shows it. */
  record Shown(Binding binding, FlowColumn column) {}

  final @Nullable LineageScope outer;
  final Map<String, Rows> ctes;
  final List<Binding> bindings = new ArrayList<>();
  final List<Shown> shown = new ArrayList<>();
  final Equalities equalities = new Equalities();
  final Set<UseColumn> conditions = new LinkedHashSet<>();
  final Map<String, FlowColumn> aliases = new HashMap<>();

  private final Set<String> lambdas;

  private LineageScope(@Nullable LineageScope outer, Map<String, Rows> ctes, Set<String> lambdas) {
    this.outer = outer;
    this.ctes = ctes;
    this.lambdas = lambdas;
  }

  static LineageScope outermost() {
    return new LineageScope(null, Map.of(), Set.of());
  }

  /** A query inside, with its own common table expressions. */
  LineageScope inner(Map<String, Rows> ownCtes) {
    return new LineageScope(this, ownCtes, Set.of());
  }

  /** The body of a lambda. */
  LineageScope lambda(Set<String> names) {
    return new LineageScope(this, ctes, names);
  }

  /** The uses whose rows are joined here. */
  Set<TableUse> uses() {
    Set<TableUse> uses = new LinkedHashSet<>();
    bindings.forEach(binding -> uses.addAll(binding.rows().uses()));
    return uses;
  }

  /** The uses of every query around this one. */
  Set<TableUse> outerUses() {
    Set<TableUse> uses = new LinkedHashSet<>();
    for (LineageScope scope = outer; scope != null; scope = scope.outer) {
      uses.addAll(scope.uses());
    }
    return uses;
  }

  /** Every column that something here may depend on. */
  Set<UseColumn> everything() {
    Set<UseColumn> all = new LinkedHashSet<>();
    for (LineageScope scope = this; scope != null; scope = scope.outer) {
      scope.bindings.forEach(binding -> all.addAll(binding.rows().everything()));
    }
    return all;
  }

  /**
   * The column that a reference means; where that is unclear, a computed one of all that it may.
   */
  FlowColumn resolve(List<String> reference) {
    List<String> parts = reference.stream().map(Names::fold).toList();
    for (LineageScope scope = this; scope != null; scope = scope.outer) {
      if (scope.lambdas.contains(parts.getFirst())) {
        return FlowColumn.computed(parts.getLast(), Set.of());
      }
      FlowColumn found = scope.find(parts);
      if (found != null) {
        return found.named(parts.getLast());
      }
    }
    return FlowColumn.computed(parts.getLast(), everything());
  }

  private @Nullable FlowColumn find(List<String> parts) {
    FlowColumn column = findColumn(parts);
    FlowColumn alias = aliases.get(parts.getFirst());
    if (column == null || alias == null) {
      return column == null ? alias : column;
    }
    return column.origin().equals(alias.origin()) && column.nullable() == alias.nullable()
        ? column
        : FlowColumn.computed("", Flows.union(column.sources(), alias.sources()));
  }

  private @Nullable FlowColumn findColumn(List<String> parts) {
    for (int last = parts.size() - 1; last > 0; last--) {
      List<FlowColumn> matches = qualified(parts.subList(0, last), parts.get(last));
      if (!matches.isEmpty()) {
        return one(matches, last == parts.size() - 1);
      }
    }
    List<FlowColumn> matches = new ArrayList<>();
    for (Shown one : shown) {
      if (one.column().name().equals(parts.getFirst())) {
        matches.add(one.column());
      }
    }
    if (!matches.isEmpty()) {
      return one(matches, parts.size() == 1);
    }
    List<FlowColumn> rows = new ArrayList<>();
    for (Binding binding : bindings) {
      boolean unlisted = !binding.rows().complete();
      if (binding.isNamed(parts) || unlisted) {
        rows.add(FlowColumn.computed("", binding.rows().everything()));
      }
    }
    return rows.isEmpty() ? null : one(rows, false);
  }

  private List<FlowColumn> qualified(List<String> qualifier, String name) {
    List<FlowColumn> matches = new ArrayList<>();
    for (Binding binding : bindings) {
      if (binding.isNamed(qualifier)) {
        for (FlowColumn column : binding.rows().columns()) {
          if (column.name().equals(name)) {
            matches.add(column);
          }
        }
      }
    }
    return matches;
  }

  /** The one match; of several, or of a part of one, what it depends on. */
  private static FlowColumn one(List<FlowColumn> matches, boolean whole) {
    if (matches.size() == 1 && whole) {
      return matches.getFirst();
    }
    Set<UseColumn> sources = new LinkedHashSet<>();
    matches.forEach(match -> sources.addAll(match.sources()));
    return FlowColumn.computed("", sources);
  }
}
