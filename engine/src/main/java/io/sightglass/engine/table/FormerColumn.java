package io.sightglass.engine.table;

/**
 * A column of an earlier contract whose name another column has now, under other protection.
 *
 * @param plain whether its values are as they came
 * @param stored as files have it that were written then, or from such files; under a name that no
 *     column has
 */
public record FormerColumn(String name, boolean plain, StoredLayout.StoredColumn stored) {}
