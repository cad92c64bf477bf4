package io.sightglass.web.cli.sample;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The sample data as files in the folder layout that {@code serve} scans.
 *
 * <p>Guarantees: the same options but {@code out} give the same bytes, whatever the day, the
 * machine's locale, zone and number of cores. A file appears under its name when it is complete.
 */
public final class SampleData {

  /** Claims that {@code generate} and {@code demo} make when not told otherwise. */
  public static final long DEFAULT_ROWS = 200_000;

  public static final int DEFAULT_DAYS = 30;
  public static final long DEFAULT_SEED = 526;
  public static final double DEFAULT_DIRTY = 0.01;

  /** The names that {@link Options#dataset} may have. */
  public static final List<String> DATASETS =
      List.of(
          ClaimsFiles.DATASET,
          ContentionFiles.DATASET,
          MergeJobFiles.DATASET,
          LpaFiles.DATASET,
          FeedbackFiles.DATASET,
          ChannelFiles.DATASET,
          TenureFiles.DATASET);

  private SampleData() {}

  /**
   * What to make.
   *
   * @param out the landing folder; made when absent
   * @param rows claims in total, over all days
   * @param days number of daily dumps; the newest is always of the same date
   * @param dirty share of the lines that are broken, 0 to 0.5; above 0 the files also have all the
   *     dirt that breaks nothing
   * @param dataset the one to make; null: all
   */
  public record Options(
      Path out, long rows, int days, long seed, double dirty, @Nullable String dataset) {

    public Options {
      require(rows >= 1 && rows <= 1_000_000_000, "rows", rows, "1 to 1000000000");
      require(days >= 1 && days <= 10_000, "days", days, "1 to 10000");
      require(dirty >= 0 && dirty <= 0.5, "dirty", dirty, "0 to 0.5");
      require(
          dataset == null || DATASETS.contains(dataset),
          "dataset",
          dataset,
          String.join(", ", DATASETS));
    }

    /** The defaults of the command line. */
    public static Options into(Path out) {
      return new Options(out, DEFAULT_ROWS, DEFAULT_DAYS, DEFAULT_SEED, DEFAULT_DIRTY, null);
    }

    public Options withRows(long count) {
      return new Options(out, count, days, seed, dirty, dataset);
    }

    public Options withDays(int count) {
      return new Options(out, rows, count, seed, dirty, dataset);
    }

    public Options withSeed(long value) {
      return new Options(out, rows, days, value, dirty, dataset);
    }

    public Options withDirty(double share) {
      return new Options(out, rows, days, seed, share, dataset);
    }

    public Options withDataset(String name) {
      return new Options(out, rows, days, seed, dirty, name);
    }

    /** Whether files of that dataset are wanted. */
    boolean wants(String name) {
      return dataset == null || dataset.equals(name);
    }

    private static void require(
        boolean holds, String option, @Nullable Object value, String allowed) {
      if (!holds) {
        throw new IllegalArgumentException(
            "%s is %s; allowed: %s".formatted(option, value, allowed));
      }
    }
  }

  /**
   * Writes the files, as many at a time as there are processors.
   *
   * @param progress told the number of claims told of so far, from several threads in turn
   * @return what a load of them must count
   * @throws UncheckedIOException when a file cannot be written
   */
  public static Manifest generate(Options options, LongConsumer progress) {
    try (SampleRun run = new SampleRun(options, progress)) {
      return run.write();
    }
  }
}
