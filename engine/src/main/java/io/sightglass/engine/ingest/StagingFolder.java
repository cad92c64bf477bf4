package io.sightglass.engine.ingest;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder for one attempt's files, for the owner alone, gone with the attempt. Used by one thread.
 */
public final class StagingFolder implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StagingFolder.class);

  private final Path path;
  private int made;

  private StagingFolder(Path path) {
    this.path = path;
  }

  /** A new folder below {@code parent}, which is made if absent. */
  public static StagingFolder create(Path parent, String name) {
    var ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    try {
      Files.createDirectories(parent, ownerOnly);
      return new StagingFolder(Files.createTempDirectory(parent.toRealPath(), name, ownerOnly));
    } catch (IOException failure) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The staging folder cannot be made", failure);
    }
  }

  /** Removes what a crash has left below {@code parent}. */
  public static void removeLeftovers(Path parent) {
    if (Files.isDirectory(parent)) {
      delete(parent);
    }
  }

  /**
   * Removes the folders below {@code parent} in which nothing has changed since {@code before}.
   *
   * @return how many
   */
  public static int removeLeftovers(Path parent, Instant before) {
    if (!Files.isDirectory(parent)) {
      return 0;
    }
    int removed = 0;
    try (Stream<Path> children = Files.list(parent)) {
      for (Path child : children.toList()) {
        if (lastChange(child).isBefore(before)) {
          delete(child);
          removed++;
        }
      }
    } catch (IOException | UncheckedIOException failure) {
      LOG.warn("A staging folder could not be looked at; it may be in use", failure);
    }
    return removed;
  }

  private static Instant lastChange(Path folder) throws IOException {
    Instant last = Instant.MIN;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        Instant changed = Files.getLastModifiedTime(file).toInstant();
        last = changed.isAfter(last) ? changed : last;
      }
    }
    return last;
  }

  public Path path() {
    return path;
  }

  /** An empty folder in it. */
  public Path fresh(String name) {
    try {
      return Files.createDirectory(path.resolve(name + "-" + made++));
    } catch (IOException failure) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The staging folder cannot be written", failure);
    }
  }

  @Override
  public void close() {
    delete(path);
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (IOException failure) {
      LOG.warn("Staged files could not be removed; the next start tries again", failure);
    }
  }
}
