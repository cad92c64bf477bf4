package io.sightglass.engine.ingest.landing;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.storage.ObjectStore;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A file that says something about delivered objects: that all parts are there, or what was sent. A
 * path with a folder lies below the landing store, one without beside the object; dates in it are
 * the object's. Immutable.
 */
public final class CompanionFile {

  private final ObjectStore landing;
  private final String path;

  public CompanionFile(ObjectStore landing, String path) {
    this.landing = landing;
    this.path = path;
  }

  /** The newest one of an object, if there is any; none of an object that no source names. */
  public Optional<ObjectStore.StoredObject> find(Dataset dataset, LoadSource object) {
    return new Placements(dataset).find(object).flatMap(place -> find(object.name(), place));
  }

  private Optional<ObjectStore.StoredObject> find(String name, Placements.Placement place) {
    String folder = path.contains("/") ? "" : name.substring(0, name.lastIndexOf('/') + 1);
    String dated = dated(path, place.date(), place.hour());
    if (dated.indexOf('*') < 0 && dated.indexOf('?') < 0 && dated.indexOf('%') < 0) {
      return landing.find(folder + dated);
    }
    SourcePath pattern = new SourcePath(folder, dated);
    try (Stream<ObjectStore.StoredObject> objects = landing.list(pattern.prefix())) {
      return objects
          .filter(object -> pattern.match(object.key()).isPresent())
          .max(Comparator.comparing(ObjectStore.StoredObject::lastModified));
    }
  }

  private static String dated(String path, LocalDate date, @Nullable Integer hour) {
    String dated =
        path.replace("%Y", "%04d".formatted(date.getYear()))
            .replace("%m", "%02d".formatted(date.getMonthValue()))
            .replace("%d", "%02d".formatted(date.getDayOfMonth()));
    return hour == null ? dated : dated.replace("%H", "%02d".formatted(hour));
  }

  /** What names files that are no deliveries of a dataset, but such files. */
  static List<SourcePath> paths(Dataset dataset) {
    List<String> paths = new ArrayList<>();
    if (dataset.control() != null) {
      paths.add(dataset.control().path());
    }
    if (dataset.parts() != null && dataset.parts().done() != null) {
      paths.add(dataset.parts().done());
    }
    return paths.stream()
        .map(path -> new SourcePath(path.contains("/") ? path : "**/" + path))
        .toList();
  }
}
