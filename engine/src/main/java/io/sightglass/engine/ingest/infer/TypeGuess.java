package io.sightglass.engine.ingest.infer;

import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.TextFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a column's cells can be read as. Immutable.
 *
 * @param type VARCHAR when nothing narrower fits
 * @param nulls texts among the cells that stand for NULL
 * @param values cells that hold a value
 * @param distinct different values
 * @param failing values that do not convert to {@code type}
 * @param note what else would fit, or what must be known; null: nothing
 */
record TypeGuess(
    ColumnType type,
    TextFormat format,
    Set<String> nulls,
    long values,
    long distinct,
    long failing,
    @Nullable String note) {

  TypeGuess {
    nulls = Set.copyOf(nulls);
  }
}
