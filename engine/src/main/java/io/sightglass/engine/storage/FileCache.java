package io.sightglass.engine.storage;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Local copies of one store's immutable files. Thread-safe.
 *
 * <p>Files of a local store are used in place.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class FileCache implements AutoCloseable {

  /**
   * A file that somebody wants to read.
   *
   * @param size in bytes
   * @param sha256 the digest of its content in lower-case hex, verified on download; null: unknown
   */
  public record WantedFile(String key, long size, @Nullable String sha256) {}

  /** Files that stay where they are until the lease is closed. */
  public interface Lease extends AutoCloseable {

    /** One path per wanted file, in the order asked for. */
    List<Path> paths();

    @Override
    void close();
  }

  /**
   * A cache of {@code store} in {@code folder}, which belongs to it alone.
   *
   * @param limitBytes the most that files take together; files in use may exceed it
   */
  public FileCache(ObjectStore store, Path folder, long limitBytes) {}

  /**
   * Holds all {@code files} on this machine, fetching what is missing in parallel, each once
   * however many ask. The caller closes the lease.
   *
   * @throws io.sightglass.engine.EngineException {@code NOT_FOUND}, {@code STORE_UNAVAILABLE}
   */
  public Lease lease(List<WantedFile> files) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
