package io.sightglass.engine.ingest.staging;

import io.sightglass.engine.dataset.Source;
import java.nio.file.Path;

/**
 * A delivered object as clean records in a staged file. Immutable; the files belong to the staging
 * folder and go with it.
 *
 * @param records CSV without a header: line, position, then the source's cells; Parquet where the
 *     source's values have types
 * @param rejects CSV without a header: line, position, reason, text
 * @param delimiter of {@code records}; quotes are escaped by doubling
 * @param recordCount in {@code records}; 0 for Parquet, which says it itself
 * @param rejectCount in {@code rejects}
 * @param longestRecord of both files, in bytes
 * @param sha256 of the object as stored, in hex
 * @param contentSha256 of the object unpacked, in hex
 */
public record StagedSource(
    Path records,
    Path rejects,
    Source.Format format,
    char delimiter,
    char quote,
    SourceColumns columns,
    long recordCount,
    long rejectCount,
    long longestRecord,
    String sha256,
    String contentSha256) {}
