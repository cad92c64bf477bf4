package io.sightglass.engine.ingest.staging;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder for one attempt's files, for the owner alone, gone with the attempt. Used by one thread.
 *
 * <p>A lock in it says that its process is alive: the operating system lets go of it with the
 * process, however that ends.
 */
public final class StagingFolder implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StagingFolder.class);

  private static final String LOCK = ".in-use";

  /** Of this process, which must not look at its own locks: looking would let go of them. */
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lock;
  private int made;

  private StagingFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /** A new folder below {@code parent}, which is made if absent. */
  public static StagingFolder create(Path parent, String name) {
    var ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    try {
      Files.createDirectories(parent, ownerOnly);
      Path folder = Files.createTempDirectory(parent.toRealPath(), name, ownerOnly);
      OURS.add(folder);
      try {
        return new StagingFolder(folder, lock(folder));
      } catch (IOException failure) {
        delete(folder);
        OURS.remove(folder);
        throw failure;
      }
    } catch (IOException failure) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The staging folder cannot be made", failure);
    }
  }

  /** Taken before it has its name: whoever finds it free finds a dead process. */
  private static FileChannel lock(Path folder) throws IOException {
    Path aside = folder.resolve(LOCK + ".new");
    FileChannel lock = FileChannel.open(aside, CREATE_NEW, WRITE);
    try {
      var _ = lock.tryLock();
      Files.move(aside, folder.resolve(LOCK));
      return lock;
    } catch (IOException failure) {
      lock.close();
      throw failure;
    }
  }

  /** Removes what a crash has left below {@code parent}. */
  public static void removeLeftovers(Path parent) {
    if (Files.isDirectory(parent)) {
      delete(parent);
    }
  }

  /**
   * Removes the folders below {@code parent} whose process has ended, and of those that do not say
   * so the ones in which nothing has changed since {@code before}.
   *
   * @return how many
   */
  public static int removeLeftovers(Path parent, Instant before) {
    if (!Files.isDirectory(parent)) {
      return 0;
    }
    int removed = 0;
    for (Path child : children(parent)) {
      try {
        if (isLeft(child, before)) {
          delete(child);
          removed++;
        }
      } catch (NoSuchFileException | UncheckedIOException ended) {
        LOG.debug("A staging folder went while it was looked at", ended);
      } catch (IOException failure) {
        LOG.warn("A staging folder could not be looked at; it may be in use", failure);
      }
    }
    return removed;
  }

  private static List<Path> children(Path parent) {
    try (Stream<Path> children = Files.list(parent.toRealPath())) {
      return children.toList();
    } catch (IOException | UncheckedIOException failure) {
      LOG.warn("Staging folders could not be looked at", failure);
      return List.of();
    }
  }

  private static boolean isLeft(Path folder, Instant before) throws IOException {
    if (OURS.contains(folder)) {
      return false;
    }
    Path lock = folder.resolve(LOCK);
    if (!Files.exists(lock)) {
      return lastChange(folder).isBefore(before);
    }
    try (FileChannel channel = FileChannel.open(lock, WRITE)) {
      return channel.tryLock() != null;
    }
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
    try {
      lock.close();
    } catch (IOException failure) {
      LOG.debug("The lock of a staging folder that has gone was not closed", failure);
    }
    OURS.remove(path);
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
