package io.sightglass.engine.ingest.staging;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.ingest.formats.AvroStaging;
import io.sightglass.engine.ingest.formats.CsvAlphabet;
import io.sightglass.engine.ingest.formats.CsvSplitter;
import io.sightglass.engine.ingest.formats.NdjsonSplitter;
import io.sightglass.engine.ingest.formats.ParquetFooter;
import io.sightglass.engine.ingest.formats.RecordRejects;
import io.sightglass.engine.ingest.formats.RecordWriter;
import io.sightglass.engine.ingest.formats.SourceColumns;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.SourceBytes;
import io.sightglass.engine.ingest.unpack.UnpackedFile;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

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
    return switch (source.format()) {
      case CSV, NDJSON -> stageText(object, name, dataset, source, folder);
      case AVRO, PARQUET -> stageTyped(object, name, dataset, source.format(), folder);
    };
  }

  private static StagedSource stageText(
      InputStream object, String name, Dataset dataset, Source source, Path folder) {
    Source.CsvDialect dialect = source.csv();
    boolean isCsv = source.format() == Source.Format.CSV;
    char delimiter = isCsv ? dialect.delimiter() : ',';
    char quote = isCsv && dialect.quote() != CsvAlphabet.NONE ? dialect.quote() : '"';
    Path records = folder.resolve("records.csv");
    Path rejects = folder.resolve("rejects.csv");
    try (SourceBytes bytes = SourceBytes.open(object, name, dialect.encoding());
        RecordWriter out = new RecordWriter(records, delimiter, quote);
        RecordRejects aside = new RecordRejects(rejects)) {
      SourceColumns columns;
      try {
        columns =
            isCsv
                ? new CsvSplitter(dataset, dialect, bytes, out, aside).split()
                : new NdjsonSplitter(dataset, dialect, bytes, out, aside).split();
        bytes.drain();
      } catch (BrokenFileException broken) {
        bytes.blameTransfer();
        throw broken;
      }
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
          out.parts(),
          bytes.sha256(),
          bytes.contentSha256());
    }
  }

  /** Avro becomes Parquet; both are then read with the types that they have. */
  private static StagedSource stageTyped(
      InputStream object, String name, Dataset dataset, Source.Format format, Path folder) {
    Path rejects = folder.resolve("rejects.csv");
    Path unpacked = folder.resolve("unpacked");
    Path records = format == Source.Format.AVRO ? folder.resolve("records.parquet") : unpacked;
    try (SourceBytes bytes = SourceBytes.open(object, name, Source.CsvDialect.DEFAULT.encoding());
        RecordRejects none = new RecordRejects(rejects)) {
      try {
        UnpackedFile.write(bytes, unpacked);
      } catch (BrokenFileException broken) {
        bytes.blameTransfer();
        throw broken;
      }
      SourceColumns converted =
          format == Source.Format.AVRO ? AvroStaging.convert(unpacked, records, dataset) : null;
      SourceColumns stored = ParquetFooter.read(records, dataset);
      // Of Avro only what is used has been converted.
      SourceColumns columns = converted == null ? stored : converted;
      return new StagedSource(
          records,
          rejects,
          format,
          ',',
          '"',
          columns,
          0,
          none.count(),
          none.longestRecord(),
          List.of(),
          bytes.sha256(),
          bytes.contentSha256());
    }
  }
}
