package io.sightglass.engine.table;

/**
 * One partition field as a column of a DuckDB {@code COPY … (PARTITION_BY (…))}: an extra column of
 * the query that is not written into the files ({@code WRITE_PARTITION_COLUMNS false}). Its values
 * may be longer than a folder's name ({@code HIVE_FILE_PATTERN false, FILENAME_PATTERN '{uuid}'}).
 *
 * @param name of the partition field; no column of the table has it
 * @param column of the table, which its value is made of
 * @param sql an expression of type VARCHAR over {@code column} as it is stored
 */
public record PartitionColumn(String name, String column, String sql) {}
