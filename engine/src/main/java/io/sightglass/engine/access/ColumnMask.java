package io.sightglass.engine.access;

import org.jspecify.annotations.Nullable;

/**
 * Hides the values of one column of a view from a role, keeping the column's type.
 *
 * @param with a mask's name ({@code last4}, {@code prefix3}, {@code year}, {@code redact}, {@code
 *     scrub}, {@code null}) or a macro {@code mask_<name>}
 * @param unless an expression over stored values; not true means masked; null: always masked
 */
public record ColumnMask(String column, String with, @Nullable String unless) {}
