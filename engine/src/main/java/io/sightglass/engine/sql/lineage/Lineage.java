package io.sightglass.engine.sql.lineage;

import java.util.List;
import java.util.Set;

/**
 * Where the columns of a query come from. Immutable.
 *
 * <p>It may report more dependence than there is, never less.
 *
 * @param outputs in order; by name, unless {@code unlisted} says that there are more
 * @param unlisted what an output that is not in {@code outputs} may depend on: everything, where
 *     names of outputs are not known here (COLUMNS(…), PIVOT, an expression without a name); empty:
 *     there is none
 * @param conditions columns that decide which rows come out and how they combine: filters, joins,
 *     grouping, set operations, limits
 * @param crossings each place where a row's outcome depends on other rows
 * @param pairings each pair of tables that meet in one row
 */
public record Lineage(
    List<Output> outputs,
    Set<SourceColumn> unlisted,
    Set<SourceColumn> conditions,
    List<Crossing> crossings,
    List<Pairing> pairings) {

  public Lineage {
    outputs = List.copyOf(outputs);
    unlisted = Set.copyOf(unlisted);
    conditions = Set.copyOf(conditions);
    crossings = List.copyOf(crossings);
    pairings = List.copyOf(pairings);
  }

  /** One column of a table; the path as the canonical text names it, the column in lower case. */
  public record SourceColumn(List<String> table, String column) {

    public SourceColumn {
      table = List.copyOf(table);
    }
  }

  /**
   * One output column.
   *
   * @param sources every column that its value depends on
   * @param unchanged the columns whose value it is, row by row and never anything else (several:
   *     one for each branch of a UNION ALL); empty: it is computed, or may be NULL by an outer join
   */
  public record Output(String name, Set<SourceColumn> sources, Set<SourceColumn> unchanged) {

    public Output {
      sources = Set.copyOf(sources);
      unchanged = Set.copyOf(unchanged);
    }
  }

  /**
   * A place where a row's outcome depends on other rows.
   *
   * @param construct such as {@code window}, {@code aggregate}, {@code subquery}, {@code distinct},
   *     {@code limit}
   * @param tables the paths of every table whose rows it looks across
   * @param within the columns, unchanged, that are equal in all rows that meet there: PARTITION BY,
   *     GROUP BY; empty: it looks across everything
   */
  public record Crossing(String construct, Set<List<String>> tables, Set<SourceColumn> within) {

    public Crossing {
      tables = Set.copyOf(tables);
      within = Set.copyOf(within);
    }
  }

  /**
   * Two uses of tables, possibly of one table, whose rows meet in one row.
   *
   * @param equal columns that are equal in both
   */
  public record Pairing(List<String> left, List<String> right, Set<Equality> equal) {

    public Pairing {
      left = List.copyOf(left);
      right = List.copyOf(right);
      equal = Set.copyOf(equal);
    }
  }

  /** A column of the left table equals one of the right. */
  public record Equality(String left, String right) {}

  /** The columns of the tables that a query names. */
  @FunctionalInterface
  public interface TableColumns {

    /** The columns of the table at {@code path}, in order, in lower case. */
    List<String> columns(List<String> path);
  }
}
