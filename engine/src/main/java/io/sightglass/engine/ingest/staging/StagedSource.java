package io.sightglass.engine.ingest.staging;

import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.formats.SourceColumns;
import java.nio.file.Path;
import java.util.List;

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
 * @param parts of wide records the lines at which {@code records} are to be cut, so that the
 *     engine, which takes two thousand rows at once whatever their size, holds no more than some 32
 *     MB of them; empty: it takes no more as they are, or they are Parquet
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
    List<Long> parts,
    String sha256,
    String contentSha256) {

  public StagedSource {
    parts = List.copyOf(parts);
  }
}
