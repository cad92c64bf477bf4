package io.sightglass.engine.ingest.landing;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds the source of a contract that a file on somebody's disk would come from. Stateless.
 *
 * <p>By its path, as far up as a pattern goes; else by its name alone; else by the format that its
 * ending says, where one source alone has that. Of several whose pattern fits the first counts, as
 * it does when objects are found.
 */
public final class SourceChoice {

  private static final Map<String, Source.Format> ENDINGS =
      Map.of(
          "csv", Source.Format.CSV,
          "tsv", Source.Format.CSV,
          "ndjson", Source.Format.NDJSON,
          "jsonl", Source.Format.NDJSON,
          "avro", Source.Format.AVRO,
          "parquet", Source.Format.PARQUET);

  private SourceChoice() {}

  /**
   * The source of {@code file}, which need not lie in the landing store.
   *
   * @throws EngineException {@code INVALID_REQUEST} when the contract has several and none is meant
   */
  public static Source of(Dataset dataset, Path file) {
    List<Source> sources = dataset.sources();
    if (sources.size() == 1) {
      return sources.getFirst();
    }
    return findByPath(sources, file.toAbsolutePath().normalize())
        .or(() -> findByName(sources, name(file)))
        .or(() -> findByFormat(sources, name(file)))
        .orElseThrow(() -> unfit(dataset, file));
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static Optional<Source> findByPath(List<Source> sources, Path file) {
    // The longest part first: it says most.
    for (int from = 0; from < file.getNameCount(); from++) {
      String key = slashed(file.subpath(from, file.getNameCount()));
      for (Source source : sources) {
        if (new SourcePath(source.path()).match(key).isPresent()) {
          return Optional.of(source);
        }
      }
    }
    return Optional.empty();
  }

  private static String slashed(Path path) {
    StringBuilder text = new StringBuilder();
    path.forEach(part -> text.append(text.isEmpty() ? "" : "/").append(part));
    return text.toString();
  }

  private static Optional<Source> findByName(List<Source> sources, String name) {
    return sources.stream()
        .filter(source -> {
          String pattern = source.path().substring(source.path().lastIndexOf('/') + 1);
          return !isAny(pattern) && new SourcePath(pattern).match(name).isPresent();
        })
        .findFirst();
  }

  /** Whether a pattern says nothing about a name. */
  private static boolean isAny(String pattern) {
    return pattern.chars().allMatch(next -> next == '*');
  }

  private static Optional<Source> findByFormat(List<Source> sources, String name) {
    String plain = name.toLowerCase(Locale.ROOT).replaceFirst("[.](gz|zst)$", "");
    Source.Format format = ENDINGS.get(plain.substring(plain.lastIndexOf('.') + 1));
    List<Source> fitting = sources.stream().filter(source -> source.format() == format).toList();
    boolean same = fitting.stream().map(Source::csv).distinct().count() == 1;
    return same ? Optional.of(fitting.getFirst()) : Optional.empty();
  }

  private static EngineException unfit(Dataset dataset, Path file) {
    return new EngineException(
        ErrorCode.INVALID_REQUEST,
        "The file \"%s\" fits none of the sources of %s, or several alike; allowed: a name as in %s"
            .formatted(
                name(file),
                dataset.name(),
                dataset.sources().stream()
                    .map(source ->
                        "\"%s\" (%s)"
                            .formatted(
                                source.path(), source.format().name().toLowerCase(Locale.ROOT)))
                    .collect(Collectors.joining(", "))));
  }
}
