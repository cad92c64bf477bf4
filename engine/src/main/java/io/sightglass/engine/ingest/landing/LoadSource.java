package io.sightglass.engine.ingest.landing;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The object that a load reads, identified. Immutable.
 *
 * @param name its key below the landing store
 * @param version the store's own version id; null where it keeps none
 * @param size in bytes, as stored
 * @param sha256 of its bytes as stored, in hex; null until it has been read
 */
public record LoadSource(
    String name,
    String etag,
    @Nullable String version,
    long size,
    Instant lastModified,
    @Nullable String sha256) {

  /** Whether it is the same object as the store sees it, read or not. */
  public boolean isSameObject(LoadSource other) {
    return name.equals(other.name)
        && etag.equals(other.etag)
        && Objects.equals(version, other.version)
        && size == other.size
        && lastModified.equals(other.lastModified);
  }

  /**
   * The name as a line of a log or a message may show it: it comes from outside, and a line end in
   * it would be a line of its own.
   */
  public String visibleName() {
    return visible(name);
  }

  /** The same of any object's name. */
  public static String visible(String name) {
    return name.replaceAll("\\p{C}", "\uFFFD");
  }
}
