package io.sightglass.engine.table;

/**
 * Which files compaction merges. Immutable.
 *
 * @param targetBytes what a merged file takes, about; files of three quarters of it stay
 * @param targetRows the most rows of a merged file
 * @param minFiles fewer are not worth being written anew, unless they make a full one
 * @param mostFiles where more would be left of one side, two are worth it
 */
public record MergeLimits(long targetBytes, long targetRows, int minFiles, int mostFiles) {

  /** Few enough rows that a file is written in seconds, within a small part of a load's memory. */
  public static final MergeLimits USUAL = new MergeLimits(128L << 20, 8_000_000, 4, 500);
}
