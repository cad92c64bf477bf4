package io.sightglass.engine.table;

import io.sightglass.engine.dataset.Mask;
import org.jspecify.annotations.Nullable;

/**
 * A column of an earlier contract whose name another column has now, under other protection.
 *
 * @param mask of the column that has the name now; null: its values are as they came
 * @param domain of its pseudonyms, else null
 * @param plain whether the values of this one are as they came
 * @param stored as files have it that were written then, or from such files; under a name that no
 *     column has
 */
public record FormerColumn(
    String name,
    @Nullable Mask mask,
    @Nullable String domain,
    boolean plain,
    StoredLayout.StoredColumn stored) {}
