package io.sightglass.engine.dataset;

import java.util.List;

/**
 * A predicate over a dataset's columns that a scan may use to leave files out. Immutable.
 *
 * <p>It may admit more rows than the statement does, never fewer. Values are texts in ISO form of
 * the column's type.
 */
public sealed interface ScanFilter {

  /** Admits everything. */
  record All() implements ScanFilter {}

  /** Admits nothing: no row of this table can matter. */
  record None() implements ScanFilter {}

  record And(List<ScanFilter> operands) implements ScanFilter {}

  record Or(List<ScanFilter> operands) implements ScanFilter {}

  record Compare(String column, Operator operator, String value) implements ScanFilter {}

  record In(String column, List<String> values) implements ScanFilter {}

  record IsNull(String column) implements ScanFilter {}

  record IsNotNull(String column) implements ScanFilter {}

  enum Operator {
    EQUAL,
    LESS,
    LESS_OR_EQUAL,
    GREATER,
    GREATER_OR_EQUAL
  }
}
