package io.sightglass.engine.query;

import io.sightglass.engine.query.StatementAnswer.FilterAsApplied;
import io.sightglass.engine.query.StatementAnswer.TableAsRead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a statement would give its caller, found out without running it. Immutable.
 *
 * @param filters every row filter that it would be under
 * @param files how many files would be opened; null where a filter hides rows, since what is hidden
 *     is not measured either
 * @param bytes their size; null like {@code files}
 * @param warnings what is worth knowing before it runs, in words
 */
public record StatementCheck(
    List<CheckedColumn> columns,
    List<FilterAsApplied> filters,
    List<TableAsRead> tables,
    @Nullable Long files,
    @Nullable Long bytes,
    List<String> warnings) {

  public StatementCheck {
    columns = List.copyOf(columns);
    filters = List.copyOf(filters);
    tables = List.copyOf(tables);
    warnings = List.copyOf(warnings);
  }

  /**
   * One column of the answer.
   *
   * @param masked whether its value depends on a column that the caller sees masked
   * @param mask which masks; null when plain
   * @param rule which rules say so; null when plain
   */
  public record CheckedColumn(
      String name, String type, boolean masked, @Nullable String mask, @Nullable String rule) {}
}
