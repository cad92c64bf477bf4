package io.sightglass.engine.sql.lineage;

import io.sightglass.engine.sql.Names;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The values that lineage is made of. */
final class Flows {

  private Flows() {}

  /** One place of a query that names a table: two of them are two sets of rows. */
  record TableUse(int id, List<String> path) {}

  /** A column of one such place. */
  record UseColumn(TableUse use, String column) {}

  /** A column of a query inside equals one of the query around it. */
  record Link(UseColumn inner, UseColumn outer) {}

  /**
   * A column of some rows. Immutable.
   *
   * @param name folded; empty: not known
   * @param origin for each use that takes part in a row, the column whose value this is; empty: it
   *     is computed
   * @param equal the same, and every column that is equal to it wherever both take part
   * @param nullable whether an outer join may put NULL in its place
   */
  record FlowColumn(
      String name,
      Set<UseColumn> sources,
      Set<UseColumn> origin,
      Set<UseColumn> equal,
      boolean nullable) {

    static FlowColumn computed(String name, Set<UseColumn> sources) {
      return new FlowColumn(name, sources, Set.of(), Set.of(), false);
    }

    static FlowColumn of(UseColumn column) {
      return new FlowColumn(column.column(), Set.of(column), Set.of(column), Set.of(column), false);
    }

    FlowColumn named(String other) {
      return new FlowColumn(other, sources, origin, equal, nullable);
    }

    FlowColumn asNullable() {
      return new FlowColumn(name, sources, origin, equal, true);
    }

    FlowColumn withEqual(Set<UseColumn> all) {
      return new FlowColumn(name, sources, origin, all, nullable);
    }

    /** Either this or the other, row by row. */
    FlowColumn or(FlowColumn other) {
      boolean both = !origin.isEmpty() && !other.origin.isEmpty();
      return new FlowColumn(
          name,
          union(sources, other.sources),
          both ? union(origin, other.origin) : Set.of(),
          both ? union(equal, other.equal) : Set.of(),
          nullable || other.nullable);
    }

    FlowColumn renamed(UnaryOperator<UseColumn> to) {
      return new FlowColumn(name, map(sources, to), map(origin, to), map(equal, to), nullable);
    }
  }

  /**
   * What a query or table gives. Immutable.
   *
   * @param columns in order
   * @param uses the tables whose rows a row of it is made of
   * @param conditions columns that decide which rows there are
   * @param links equalities with the query around it
   * @param complete whether {@code columns} are all, in order
   */
  record Rows(
      List<FlowColumn> columns,
      Set<TableUse> uses,
      Set<UseColumn> conditions,
      Set<Link> links,
      boolean complete) {

    static Rows of(List<FlowColumn> columns, boolean complete) {
      return new Rows(columns, Set.of(), Set.of(), Set.of(), complete);
    }

    /** Every column that anything of it may depend on. */
    Set<UseColumn> everything() {
      Set<UseColumn> all = new LinkedHashSet<>(conditions);
      columns.forEach(column -> all.addAll(column.sources()));
      return all;
    }

    Rows as(List<String> names) {
      if (names.isEmpty()) {
        return this;
      }
      List<FlowColumn> renamed = new ArrayList<>(columns);
      for (int index = 0; index < names.size() && complete && index < renamed.size(); index++) {
        renamed.set(index, renamed.get(index).named(Names.fold(names.get(index))));
      }
      if (!complete) {
        names.forEach(name -> renamed.add(FlowColumn.computed(Names.fold(name), everything())));
      }
      return new Rows(renamed, uses, conditions, links, complete);
    }

    /** The same rows once more: joined with these they are another set. */
    Rows again(Lineages lineages) {
      Map<TableUse, TableUse> copies = new HashMap<>();
      uses.forEach(use -> copies.put(use, lineages.use(use.path())));
      UnaryOperator<UseColumn> to =
          column ->
              copies.containsKey(column.use())
                  ? new UseColumn(copies.get(column.use()), column.column())
                  : column;
      Set<Link> linked = new HashSet<>();
      links.forEach(link -> linked.add(new Link(to.apply(link.inner()), link.outer())));
      return new Rows(
          columns.stream().map(column -> column.renamed(to)).toList(),
          new LinkedHashSet<>(copies.values()),
          map(conditions, to),
          linked,
          complete);
    }
  }

  static <T> Set<T> union(Set<T> one, Set<T> two) {
    if (one.containsAll(two)) {
      return one;
    }
    Set<T> all = new LinkedHashSet<>(one);
    all.addAll(two);
    return all;
  }

  private static Set<UseColumn> map(Set<UseColumn> columns, UnaryOperator<UseColumn> to) {
    Set<UseColumn> mapped = new LinkedHashSet<>();
    columns.forEach(column -> mapped.add(to.apply(column)));
    return mapped;
  }
}
