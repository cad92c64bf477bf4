package io.sightglass.engine.ingest;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
