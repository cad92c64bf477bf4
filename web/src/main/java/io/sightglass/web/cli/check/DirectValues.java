package io.sightglass.web.cli.check;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.duckdb.DuckDbSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the direct columns of a trial's datasets came with, as far as it would not be met by chance
 * and its mask at rest changes it.
 */
final class DirectValues {

  private static final int SHORTEST = 6;
  private static final int MOST = 20_000;
  private static final long MEMORY_BYTES = 256_000_000;

  /** A digit or an at sign; words alone are met by chance. */
  private static final Pattern DISTINCTIVE = Pattern.compile("(?s).*[\\d@].*");

  /** Dates are met by chance too. */
  private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}.*");

  private DirectValues() {}

  /** Each value, and the column that it is from in words. */
  static Map<String, String> of(Trial trial) throws IOException {
    DuckDbInstance instance =
        DuckDbInstance.open(
            new DuckDbSettings(
                "check",
                List.of(trial.tables("data").toRealPath(), trial.tables("vault").toRealPath()),
                trial.folder().resolve("vault").resolve("spill"),
                0,
                MEMORY_BYTES,
                1,
                Duration.ofMinutes(5)),
            List.of());
    Map<String, String> values = new TreeMap<>();
    try (DuckDbSession session = instance.openSession()) {
      for (Dataset dataset : trial.pack().datasets().values()) {
        for (Column column : dataset.directColumns()) {
          Set<String> shown = new HashSet<>(read(trial, session, "data", dataset, column));
          read(trial, session, "vault", dataset, column).stream()
              .filter(value -> !shown.contains(value))
              .filter(DirectValues::isDistinctive)
              .forEach(value ->
                  values.put(
                      value,
                      "a value that %s of %s came with".formatted(column.name(), dataset.name())));
        }
      }
    } finally {
      instance.retire();
    }
    return values;
  }

  private static boolean isDistinctive(String value) {
    return value.length() >= SHORTEST
        && DISTINCTIVE.matcher(value).matches()
        && !DATE.matcher(value).matches();
  }

  private static List<String> read(
      Trial trial, DuckDbSession session, String side, Dataset dataset, Column column)
      throws IOException {
    Path folder =
        trial
            .tables(side)
            .toRealPath()
            .resolve(dataset.name().schema())
            .resolve(dataset.name().name());
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<String> files;
    try (Stream<Path> found = Files.walk(folder)) {
      files = found.map(Path::toString).filter(name -> name.endsWith(".parquet")).toList();
    }
    if (files.isEmpty()) {
      return List.of();
    }
    session.setVariable("files", files);
    return session.query(
        """
        SELECT DISTINCT CAST("%s" AS VARCHAR) AS value
        FROM read_parquet(getvariable('files'), union_by_name = true, hive_partitioning = false)
        WHERE value IS NOT NULL LIMIT %d\
        """
            .formatted(column.name(), MOST),
        List.of(),
        row -> row.getString(1));
  }
}
