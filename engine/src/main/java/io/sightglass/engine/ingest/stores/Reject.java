package io.sightglass.engine.ingest.stores;

import org.jspecify.annotations.Nullable;

/**
 * One row that was not let in, and why. Immutable.
 *
 * @param line of the source as a text editor counts it: the header is line 1, a record over several
 *     lines has its first
 * @param position of the record's first byte in the uncompressed source, from 0
 * @param column the first column at fault in the contract's order; null: the record as a whole
 * @param reason in words, without any value
 * @param value the text of the cell, or of the record where {@code column} is null; null where it
 *     was not asked for
 */
public record Reject(
    long line, long position, @Nullable String column, String reason, @Nullable String value) {}
