package io.sightglass.engine.result;

/** The encoder of each format. */
public final class ResultEncoders {

  private ResultEncoders() {}

  /** The encoder of a format, as clients get it unless they ask for more. */
  public static ResultEncoder of(ResultFormat format) {
    return switch (format) {
      case ARROW -> new ArrowEncoder();
      case PARQUET -> new ParquetEncoder();
      case CSV -> new CsvEncoder();
      case NDJSON -> new NdjsonEncoder();
      case JSON -> new JsonEncoder();
    };
  }
}
