package io.sightglass.engine.result;

import java.util.Locale;

/** What an answer can be encoded as. */
public enum ResultFormat {
  ARROW("application/vnd.apache.arrow.stream"),
  PARQUET("application/vnd.apache.parquet"),
  CSV("text/csv"),
  NDJSON("application/x-ndjson"),
  JSON("application/json");

  private final String mediaType;

  ResultFormat(String mediaType) {
    this.mediaType = mediaType;
  }

  public String mediaType() {
    return mediaType;
  }

  /** Its name in {@code ?format=}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
