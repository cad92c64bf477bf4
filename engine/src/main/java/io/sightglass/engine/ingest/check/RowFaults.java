package io.sightglass.engine.ingest.check;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be wrong with one row of a dataset, in the contract's order, with the SQL
 * that finds it. Immutable.
 *
 * <p>The SQL reads the values by the columns' names and the texts behind them as {@link #cell}.
 */
final class RowFaults {

  /**
   * One of them; its place in the list is its code.
   *
   * @param ordinal of the column in the contract
   * @param condition true where the row has it
   * @param reason in words, without the value
   */
  record Fault(int ordinal, String column, String condition, String reason) {}

  private final List<Fault> faults = new ArrayList<>();

  /**
   * The faults of a dataset's rows.
   *
   * @param holdsNul by column, true where its cell holds a NUL character; null where none can
   */
  RowFaults(Dataset dataset, IntFunction<@Nullable String> holdsNul) {
    for (int ordinal = 0; ordinal < dataset.columns().size(); ordinal++) {
      Column column = dataset.columns().get(ordinal);
      String nul = holdsNul.apply(ordinal);
      if (nul != null) {
        add(ordinal, column, nul, "holds a NUL character");
      }
      addFaults(ordinal, column);
    }
  }

  /** The text of a column's cell, NULL where it stands for NULL. */
  static String cell(int ordinal) {
    return "_t" + ordinal;
  }

  List<Fault> list() {
    return List.copyOf(faults);
  }

  /** The code of the first fault; NULL for a good row. */
  String code() {
    if (faults.isEmpty()) {
      return "CAST(NULL AS SMALLINT)";
    }
    StringBuilder sql = new StringBuilder("CAST(CASE");
    for (int code = 0; code < faults.size(); code++) {
      sql.append(" WHEN ").append(faults.get(code).condition()).append(" THEN ").append(code);
    }
    return sql.append(" END AS SMALLINT)").toString();
  }

  private void addFaults(int ordinal, Column column) {
    String value = name(column.name());
    String cell = cell(ordinal);
    Column.Constraints constraints = column.constraints();
    if (constraints.required()) {
      add(ordinal, column, cell + " IS NULL", "is required");
    }
    if (column.type() != Scalar.VARCHAR) {
      String implausible =
          CellCast.needsPlausibility(column)
              ? " OR NOT " + CellCast.isPlausible(column, value)
              : "";
      add(
          ordinal,
          column,
          "%s IS NOT NULL AND (%s IS NULL%s)".formatted(cell, value, implausible),
          column.text().formats().isEmpty()
              ? "is no %s".formatted(column.type().sql())
              : "is no %s in any of the contract's formats".formatted(column.type().sql()));
    }
    String pattern = constraints.pattern();
    if (pattern != null) {
      add(
          ordinal,
          column,
          "NOT regexp_full_match(%s, %s)".formatted(cell, text(pattern)),
          "does not match the contract's pattern");
    }
    if (!constraints.allowed().isEmpty()) {
      String allowed =
          constraints.allowed().stream()
              .map(one -> typed(column, one))
              .collect(Collectors.joining(", "));
      add(
          ordinal,
          column,
          "%s NOT IN (%s)".formatted(value, allowed),
          "is none of the allowed values");
    }
    String min = constraints.min();
    if (min != null) {
      String bound = bound(column, min, RoundingMode.CEILING);
      add(ordinal, column, "%s < %s".formatted(value, bound), "is less than " + min);
    }
    String max = constraints.max();
    if (max != null) {
      String bound = bound(column, max, RoundingMode.FLOOR);
      add(ordinal, column, "%s > %s".formatted(value, bound), "is more than " + max);
    }
  }

  /** A bound may lie where no value of the column can: above 999.99, or between two cents. */
  private static String bound(Column column, String constant, RoundingMode inwards) {
    if (!(column.type() instanceof ColumnType.Decimal decimal)) {
      return typed(column, constant);
    }
    BigDecimal bound = new BigDecimal(constant).setScale(decimal.scale(), inwards);
    return bound.precision() <= decimal.precision()
        ? typed(column, bound.toPlainString())
        : "CAST('%s' AS DOUBLE)".formatted(bound);
  }

  private static String typed(Column column, String constant) {
    return "CAST(%s AS %s)".formatted(text(constant), column.type().sql());
  }

  private void add(int ordinal, Column column, String condition, String reason) {
    faults.add(new Fault(ordinal, column.name(), condition, reason));
  }
}
