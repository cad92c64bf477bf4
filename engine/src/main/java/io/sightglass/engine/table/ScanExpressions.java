package io.sightglass.engine.table;

import io.sightglass.engine.dataset.ScanFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.Schema;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Types;

/**
 * Turns scan filters into Iceberg expressions that admit the same rows or more.
 *
 * <p>Not used for leaving out files: DOUBLE (NaN, -0.0), UUID (its order differs between engines),
 * nested columns, and literals that do not fit the column exactly.
 */
final class ScanExpressions {

  private final Map<String, Integer> fieldIds;
  private final Schema schema;

  /**
   * Filters over a snapshot.
   *
   * @param fieldIds of the columns, by the names that filters use
   * @param schema of the snapshot; a column that it does not have is NULL there in every row
   */
  ScanExpressions(Map<String, Integer> fieldIds, Schema schema) {
    this.fieldIds = Map.copyOf(fieldIds);
    this.schema = schema;
  }

  /** The expression, over the names of the snapshot's schema. */
  Expression of(ScanFilter filter) {
    return switch (filter) {
      case ScanFilter.All() -> Expressions.alwaysTrue();
      case ScanFilter.None() -> Expressions.alwaysFalse();
      case ScanFilter.And(List<ScanFilter> operands) ->
          operands.stream().map(this::of).reduce(Expressions.alwaysTrue(), Expressions::and);
      case ScanFilter.Or(List<ScanFilter> operands) ->
          operands.stream().map(this::of).reduce(Expressions.alwaysFalse(), Expressions::or);
      case ScanFilter.Compare compare -> compare(compare);
      case ScanFilter.In in -> in(in);
      case ScanFilter.IsNull(String column) -> isNull(column);
      case ScanFilter.IsNotNull(String column) -> isNotNull(column);
    };
  }

  private Expression compare(ScanFilter.Compare filter) {
    if (!fieldIds.containsKey(filter.column())) {
      return Expressions.alwaysTrue();
    }
    Optional<Types.NestedField> field = findField(filter.column());
    if (field.isEmpty()) {
      return Expressions.alwaysFalse();
    }
    Object value = StoredValues.parse(field.get().type(), filter.value());
    if (value == null) {
      return Expressions.alwaysTrue();
    }
    String name = field.get().name();
    return switch (filter.operator()) {
      case EQUAL -> Expressions.equal(name, value);
      case LESS -> Expressions.lessThan(name, value);
      case LESS_OR_EQUAL -> Expressions.lessThanOrEqual(name, value);
      case GREATER -> Expressions.greaterThan(name, value);
      case GREATER_OR_EQUAL -> Expressions.greaterThanOrEqual(name, value);
    };
  }

  private Expression in(ScanFilter.In filter) {
    if (!fieldIds.containsKey(filter.column())) {
      return Expressions.alwaysTrue();
    }
    Optional<Types.NestedField> field = findField(filter.column());
    if (field.isEmpty() || filter.values().isEmpty()) {
      return Expressions.alwaysFalse();
    }
    List<Object> values = new ArrayList<>();
    for (String text : filter.values()) {
      Object value = StoredValues.parse(field.get().type(), text);
      if (value == null) {
        return Expressions.alwaysTrue();
      }
      values.add(value);
    }
    return Expressions.in(field.get().name(), values);
  }

  private Expression isNull(String column) {
    if (!fieldIds.containsKey(column)) {
      return Expressions.alwaysTrue();
    }
    return findField(column)
        .<Expression>map(field ->
            field.type().isPrimitiveType()
                ? Expressions.isNull(field.name())
                : Expressions.alwaysTrue())
        .orElse(Expressions.alwaysTrue());
  }

  private Expression isNotNull(String column) {
    if (!fieldIds.containsKey(column)) {
      return Expressions.alwaysTrue();
    }
    return findField(column)
        .<Expression>map(field ->
            field.type().isPrimitiveType()
                ? Expressions.notNull(field.name())
                : Expressions.alwaysTrue())
        .orElse(Expressions.alwaysFalse());
  }

  private Optional<Types.NestedField> findField(String column) {
    Integer fieldId = fieldIds.get(column);
    return fieldId == null ? Optional.empty() : Optional.ofNullable(schema.findField(fieldId));
  }
}
