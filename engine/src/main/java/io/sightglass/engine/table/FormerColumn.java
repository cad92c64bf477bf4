package io.sightglass.engine.table;

/**
 * A column of an earlier contract whose name another column has now, under other protection.
 *
 * @param fieldId by which files that were written then have it
 * @param sqlType in DuckDB's spelling
 * @param plain whether its values are as they came
 */
public record FormerColumn(String name, int fieldId, String sqlType, boolean plain) {}
