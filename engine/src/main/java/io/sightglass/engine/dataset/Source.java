package io.sightglass.engine.dataset;

import java.util.List;

/**
 * Where a dataset's files come from and how they are written. Immutable.
 *
 * @param path below the landing bucket; {@code %Y %m %d %H} and {@code * ? **} only
 * @param csv the dialect of {@link Format#CSV}; the default one for other formats
 */
public record Source(String path, Format format, CsvDialect csv) {

  /** The format of a file; {@code .gz} and {@code .zst} endings mean compression. */
  public enum Format {
    CSV,
    NDJSON,
    AVRO,
    PARQUET
  }

  /**
   * How a CSV file is written; nothing is ever detected.
   *
   * @param nullText texts that mean NULL, quoted or not; holds for NDJSON strings too
   */
  public record CsvDialect(
      char delimiter,
      char quote,
      char escape,
      String encoding,
      boolean header,
      List<String> nullText) {

    public static final CsvDialect DEFAULT =
        new CsvDialect(',', '"', '"', "utf-8", true, List.of(""));

    public CsvDialect {
      nullText = List.copyOf(nullText);
    }
  }
}
