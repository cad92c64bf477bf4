package io.sightglass.engine.table;

import org.jspecify.annotations.Nullable;

/**
 * One immutable Parquet file of a snapshot.
 *
 * @param key in the object store of its side
 * @param size in bytes
 * @param sha256 of its content, in lower-case hex; null for a file that another engine wrote
 */
public record DataFile(String key, long size, long rows, @Nullable String sha256) {}
