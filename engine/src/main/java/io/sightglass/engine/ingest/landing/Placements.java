package io.sightglass.engine.ingest.landing;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where one contract puts objects, by their names. Immutable. */
public final class Placements {

  private final Dataset dataset;
  private final List<SourcePath> paths;
  private final List<SourcePath> companions;

  /**
   * The place of one object.
   *
   * @param sourceNumber which of the dataset's sources it belongs to, from 0
   * @param date from its name, else the day of its arrival
   * @param hour from its name; null: that has none
   * @param slot what it competes for: a date or hour, or the whole table
   */
  public record Placement(int sourceNumber, LocalDate date, @Nullable Integer hour, String slot) {}

  public Placements(Dataset dataset) {
    this.dataset = dataset;
    paths = dataset.sources().stream().map(source -> new SourcePath(source.path())).toList();
    companions = CompanionFile.paths(dataset);
  }

  /** Whether an object is no delivery of the dataset, but a file beside one. */
  public boolean isCompanion(String key) {
    return companions.stream().anyMatch(path -> path.match(key).isPresent());
  }

  /** By the first source that it belongs to; empty when no source of the contract names it. */
  public Optional<Placement> find(LoadSource object) {
    String key = object.name();
    for (int number = 0; number < paths.size(); number++) {
      Optional<SourcePath.Match> match = paths.get(number).match(key);
      if (match.isPresent() && !isCompanion(key)) {
        return Optional.of(of(dataset, number, match.get(), object.lastModified()));
      }
    }
    return Optional.empty();
  }

  /** The same for an object that is known to match a source. */
  public static Placement of(Dataset dataset, int number, SourcePath.Match match, Instant arrived) {
    LocalDate named = match.date();
    LocalDate date = named != null ? named : arrived.atOffset(ZoneOffset.UTC).toLocalDate();
    Integer hour = match.hour();
    String slot =
        dataset.load() != LoadMode.REPLACE_DATE
            ? "table"
            : hour == null ? date.toString() : "%sT%02d".formatted(date, hour);
    return new Placement(number, date, hour, slot);
  }
}
