package io.sightglass.engine.ingest.landing;

import io.sightglass.engine.dataset.Dataset;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which objects of a dataset stand for a date. Where only some of its sources have a date in their
 * path, objects of the others, such as a history beside a daily stream, stand for none: the day of
 * their arrival is not the one that was expected then. Immutable.
 */
public final class DatedSources {

  private final List<SourcePath> paths;
  private final long dated;

  private DatedSources(List<SourcePath> paths) {
    this.paths = paths;
    dated = paths.stream().filter(SourcePath::isDated).count();
  }

  public static DatedSources of(Dataset dataset) {
    return new DatedSources(
        dataset.sources().stream().map(source -> new SourcePath(source.path())).toList());
  }

  /** Whether all sources have dates. */
  public boolean areDated() {
    return dated == paths.size();
  }

  /** Whether none has. */
  public boolean areUndated() {
    return dated == 0;
  }

  /** Whether an object stands for a date, be it that of its arrival. */
  public boolean isDated(String key) {
    return areDated() || areUndated() || findDate(key).isPresent();
  }

  /** The date in the path. */
  public Optional<LocalDate> findDate(String key) {
    return matches(key).flatMap(match -> Stream.ofNullable(match.date())).findFirst();
  }

  /** The date and the hour in the path; empty when it lacks one. */
  public Optional<LocalDateTime> findHour(String key) {
    return matches(key)
        .flatMap(match -> {
          LocalDate date = match.date();
          Integer hour = match.hour();
          return date == null || hour == null ? Stream.empty() : Stream.of(date.atTime(hour, 0));
        })
        .findFirst();
  }

  private Stream<SourcePath.Match> matches(String key) {
    return paths.stream().flatMap(path -> path.match(key).stream());
  }
}
