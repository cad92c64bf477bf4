package io.sightglass.web.cli.sample;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the generator knows about its own files, for tests and benchmarks: what a load must count.
 *
 * @param files in the order of their names
 */
public record Manifest(List<Entry> files) {

  public Manifest {
    files = List.copyOf(files);
  }

  /**
   * What a load of one file must find.
   *
   * @param name of the object, below the landing folder
   * @param code why the file must be quarantined, such as {@code CUT_OFF}; null: it must be loaded
   * @param rejectedBy number of rejected rows by the column that rejects them; {@code *} for lines
   *     that are no rows
   */
  public record Entry(
      String dataset,
      String name,
      @Nullable String code,
      Counts counts,
      Map<String, Integer> rejectedBy) {

    public Entry {
      rejectedBy = Map.copyOf(rejectedBy);
    }
  }

  /** Row counts of one load; {@code read} is the sum of the other four. */
  public record Counts(long read, long written, long rejected, long duplicate, long filtered) {

    public static final Counts NONE = new Counts(0, 0, 0, 0, 0);

    Counts plus(Counts other) {
      return new Counts(
          read + other.read,
          written + other.written,
          rejected + other.rejected,
          duplicate + other.duplicate,
          filtered + other.filtered);
    }
  }

  /** The counts of all files that must be loaded. */
  public Counts total() {
    return files.stream()
        .filter(entry -> entry.code() == null)
        .map(Entry::counts)
        .reduce(Counts.NONE, Counts::plus);
  }

  /** As JSON, one file a line. */
  public String json() {
    return files.stream()
        .map(Manifest::json)
        .collect(Collectors.joining(",\n  ", "{\"files\": [\n  ", "\n]}\n"));
  }

  private static String json(Entry entry) {
    String rejectedBy =
        entry.rejectedBy().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(count -> "\"%s\": %d".formatted(count.getKey(), count.getValue()))
            .collect(Collectors.joining(", "));
    Counts counts = entry.counts();
    return """
    {"dataset": "%s", "name": "%s", "state": "%s", "code": %s, "rowsRead": %d, "rowsWritten": %d, \
    "rowsRejected": %d, "rowsDuplicate": %d, "rowsFiltered": %d, "rejectedBy": {%s}}\
    """
        .formatted(
            entry.dataset(),
            entry.name(),
            entry.code() == null ? "COMMITTED" : "QUARANTINED",
            entry.code() == null ? "null" : '"' + entry.code() + '"',
            counts.read(),
            counts.written(),
            counts.rejected(),
            counts.duplicate(),
            counts.filtered(),
            rejectedBy);
  }
}
