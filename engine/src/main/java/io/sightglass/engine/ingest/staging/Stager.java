package io.sightglass.engine.ingest.staging;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import java.io.InputStream;
import java.nio.file.Path;

/** Brings a delivered object into a staging folder, record by record. Stateless. */
public final class Stager {

  private Stager() {}

  /**
   * Reads all of {@code object} once and closes it.
   *
   * @param name its key, whose ending says how it is packed
   * @param folder exists and is empty; counts as vault
   * @throws BrokenFileException when the file is at fault as a whole
   */
  public static StagedSource stage(
      InputStream object, String name, Dataset dataset, Source source, Path folder) {
    Source.CsvDialect dialect = source.csv();
    boolean isCsv =
        switch (source.format()) {
          case CSV -> true;
          case NDJSON -> false;
          case AVRO, PARQUET ->
              throw new EngineException(
                  ErrorCode.INVALID_REQUEST,
                  "Format of %s: %s; loaded so far: csv, ndjson"
                      .formatted(dataset.name(), source.format()));
        };
    char delimiter = isCsv ? dialect.delimiter() : ',';
    char quote = isCsv ? dialect.quote() : '"';
    Path records = folder.resolve("records.csv");
    Path rejects = folder.resolve("rejects.csv");
    try (SourceBytes bytes = SourceBytes.open(object, name, dialect.encoding());
        RecordWriter out = new RecordWriter(records, delimiter, quote);
        RecordRejects aside = new RecordRejects(rejects)) {
      SourceColumns columns =
          isCsv
              ? new CsvSplitter(dataset, dialect, bytes, out, aside).split()
              : new NdjsonSplitter(dataset, dialect.encoding(), bytes, out, aside).split();
      bytes.drain();
      return new StagedSource(
          records,
          rejects,
          source.format(),
          delimiter,
          quote,
          columns,
          out.records(),
          aside.count(),
          Math.max(out.longestRecord(), aside.longestRecord()),
          bytes.sha256(),
          bytes.contentSha256());
    }
  }
}
