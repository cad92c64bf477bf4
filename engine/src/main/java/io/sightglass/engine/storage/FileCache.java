package io.sightglass.engine.storage;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Local copies of one store's immutable files. Thread-safe.
 *
 * <p>Each file is fetched once however many ask, checked against its digest, and stays until the
 * bytes of all pass the limit, or the disk is full; then the least recently used go, never one that
 * is leased. Copies survive a restart and are checked again when they are first used after it.
 * Files of a local store are used in place.
 */
public final class FileCache implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(FileCache.class);

  private static final int PARALLEL_FETCHES = 8;
  private static final String LOCK = "lock";

  /** Whoever only looks whether a cache is in use has its lock for a moment. */
  private static final int MOST_LOOKS = 5;

  private static final int LOOK_MILLIS = 50;

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

    /** Lets the files go; a second call does nothing. */
    @Override
    void close();
  }

  /**
   * What the cache has done since it was opened.
   *
   * @param bytes that its files take now
   * @param hits files asked for that were there
   * @param fetches files fetched from the store
   * @param evictions files removed to make room
   */
  public record Statistics(long bytes, long hits, long fetches, long evictions) {}

  /** One file of the cache, fetched or on its way. */
  private static final class Entry {
    final long size;
    final CompletableFuture<Path> file = new CompletableFuture<>();
    int leases;

    /** Whether it is being fetched, or has been; not yet for a file of an earlier run. */
    boolean started;

    Entry(long size) {
      this.size = size;
    }

    /** Whether the file was there and is no longer, or no longer as long. */
    boolean hasGone(Path path) {
      return file.isDone() && !file.isCompletedExceptionally() && path.toFile().length() != size;
    }

    boolean mayGo() {
      return leases == 0 && (file.isDone() || !started);
    }
  }

  private final ObjectStore store;
  private final Path folder;
  private final long limitBytes;
  private final InstantSource clock;
  private final FileChannel lockFile;
  private final FileLock lock;
  private final ExecutorService fetchers;

  /** By name in the folder, the least recently used first. Guarded by itself, as are the counts. */
  private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  private long bytes;
  private long hits;
  private long fetches;
  private long evictions;

  /**
   * A cache of {@code store} in {@code folder}, which belongs to it alone.
   *
   * @param limitBytes the most that files take together; files in use may exceed it
   * @throws EngineException {@code STORE_UNAVAILABLE} when the folder cannot be used, or another
   *     process uses it
   */
  public FileCache(ObjectStore store, Path folder, long limitBytes, InstantSource clock) {
    this.store = store;
    this.folder = folder;
    this.limitBytes = limitBytes;
    this.clock = clock;
    try {
      Files.createDirectories(folder);
      this.lockFile =
          FileChannel.open(
              folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      this.lock = lockOf(lockFile);
      adopt();
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The cache's folder cannot be used", e);
    }
    this.fetchers =
        Executors.newFixedThreadPool(
            PARALLEL_FETCHES, Thread.ofPlatform().daemon().name("file-cache-", 0).factory());
  }

  /**
   * Holds all {@code files} on this machine, fetching what is missing in parallel, each once
   * however many ask. The caller closes the lease.
   *
   * @throws EngineException {@code NOT_FOUND}; {@code STORE_UNAVAILABLE}, also when a file differs
   *     from its digest time and again
   */
  public Lease lease(List<WantedFile> files) {
    Optional<List<Path>> local = findAllLocal(files);
    if (local.isPresent()) {
      return new InPlace(local.get());
    }
    List<Entry> held = new ArrayList<>(files.size());
    try {
      for (WantedFile file : files) {
        held.add(hold(file));
      }
      List<Path> paths = new ArrayList<>(files.size());
      for (Entry entry : held) {
        paths.add(await(entry));
      }
      return new Held(List.copyOf(paths), held);
    } catch (RuntimeException e) {
      release(held);
      throw e;
    }
  }

  /** What has happened so far. */
  public Statistics statistics() {
    synchronized (entries) {
      return new Statistics(bytes, hits, fetches, evictions);
    }
  }

  @Override
  public void close() {
    fetchers.shutdownNow();
    List<Entry> unfinished;
    synchronized (entries) {
      unfinished = entries.values().stream().filter(entry -> !entry.file.isDone()).toList();
    }
    unfinished.forEach(entry -> entry.file.completeExceptionally(closed()));
    try {
      lock.release();
      lockFile.close();
    } catch (IOException e) {
      LOG.warn("The cache's lock was not released in order; it goes with the process", e);
    }
  }

  private Optional<List<Path>> findAllLocal(List<WantedFile> files) {
    List<Path> paths = new ArrayList<>(files.size());
    for (WantedFile file : files) {
      Optional<Path> path = store.findLocal(file.key());
      if (path.isEmpty()) {
        return Optional.empty();
      }
      paths.add(path.get());
    }
    return Optional.of(List.copyOf(paths));
  }

  private Entry hold(WantedFile file) {
    String name = Fetch.nameOf(file);
    synchronized (entries) {
      Entry entry = entries.get(name);
      if (entry != null && (entry.size != file.size() || entry.hasGone(folder.resolve(name)))) {
        forget(name, entry); // somebody tidied up, or it was damaged before the start
        entry = null;
      }
      if (entry == null) {
        entry = new Entry(file.size());
        entries.put(name, entry);
        bytes += entry.size;
        fetches++;
      } else {
        hits++;
      }
      entry.leases++;
      if (!entry.started) {
        entry.started = true;
        start(name, file, entry);
      }
      evictTo(limitBytes);
      return entry;
    }
  }

  private void start(String name, WantedFile file, Entry entry) {
    try {
      fetchers.execute(() -> fetch(name, file, entry));
    } catch (RejectedExecutionException e) {
      fail(name, entry, closed());
    }
  }

  private void fetch(String name, WantedFile file, Entry entry) {
    try {
      Path path = fetch(name, file);
      Files.setLastModifiedTime(path, FileTime.from(clock.instant()));
      entry.file.complete(path);
    } catch (IOException | RuntimeException | Error e) {
      fail(name, entry, e);
    }
  }

  /** Where the disk has less room than the limit says, what nobody uses makes room. */
  private Path fetch(String name, WantedFile file) throws IOException {
    while (true) {
      try {
        return new Fetch(store, folder.resolve(name), file).run();
      } catch (IOException e) {
        if (!isFull(e) || !makeRoom(file.size())) {
          throw e;
        }
        LOG.warn("The disk of the file cache is full before its limit: older files have gone", e);
      }
    }
  }

  private static boolean isFull(@Nullable Throwable failure) {
    return failure != null && String.valueOf(failure.getMessage()).contains("No space left");
  }

  /** False when everything is in use. */
  private boolean makeRoom(long needed) {
    synchronized (entries) {
      long before = bytes;
      evictTo(bytes - needed);
      return bytes < before;
    }
  }

  private void fail(String name, Entry entry, Throwable failure) {
    forget(name, entry);
    entry.file.completeExceptionally(failure);
  }

  private static EngineException closed() {
    return new EngineException(ErrorCode.STORE_UNAVAILABLE, "The file cache is closed");
  }

  private void forget(String name, Entry entry) {
    synchronized (entries) {
      if (entries.remove(name, entry)) {
        bytes -= entry.size;
      }
    }
  }

  private static Path await(Entry entry) {
    try {
      return entry.file.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "Interrupted while a file was fetched", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof EngineException failure) {
        throw new EngineException(failure.code(), failure.detail(), failure);
      }
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE,
          isFull(e.getCause())
              ? "The disk of the file cache is full"
              : "A file cannot be fetched into the cache",
          e.getCause());
    }
  }

  private void release(List<Entry> held) {
    synchronized (entries) {
      held.forEach(entry -> entry.leases--);
      evictTo(limitBytes);
    }
  }

  /** Removes the least recently used files that nobody leases until no more is left than that. */
  private void evictTo(long most) {
    Iterator<Map.Entry<String, Entry>> oldestFirst = entries.entrySet().iterator();
    while (bytes > most && oldestFirst.hasNext()) {
      Map.Entry<String, Entry> candidate = oldestFirst.next();
      if (candidate.getValue().mayGo()) {
        oldestFirst.remove();
        bytes -= candidate.getValue().size;
        evictions++;
        delete(candidate.getKey());
      }
    }
  }

  private void delete(String name) {
    try {
      Files.deleteIfExists(folder.resolve(name));
    } catch (IOException e) {
      LOG.warn("A file was not removed from the cache; it takes room until the next start", e);
    }
  }

  /** Removes the copy of a file that its store no longer has; one that is leased goes later. */
  public void remove(WantedFile file) {
    String name = Fetch.nameOf(file);
    synchronized (entries) {
      Entry entry = entries.get(name);
      if (entry == null || !entry.mayGo()) {
        return;
      }
      forget(name, entry);
      delete(name);
    }
  }

  /** Takes over the files of an earlier run, oldest first, and removes unfinished ones. */
  private void adopt() throws IOException {
    List<Path> found;
    try (Stream<Path> files = Files.list(folder)) {
      found = files.filter(path -> !path.endsWith(LOCK)).toList();
    }
    record Adopted(String name, long size, FileTime usedAt) {}
    List<Adopted> adopted = new ArrayList<>();
    for (Path path : found) {
      String name = String.valueOf(path.getFileName());
      if (Fetch.isFinished(name)) {
        adopted.add(new Adopted(name, Files.size(path), Files.getLastModifiedTime(path)));
      } else {
        Files.deleteIfExists(path);
      }
    }
    adopted.sort(Comparator.comparing(Adopted::usedAt).thenComparing(Adopted::name));
    synchronized (entries) {
      for (Adopted file : adopted) {
        entries.put(file.name(), new Entry(file.size()));
        bytes += file.size();
      }
      evictTo(limitBytes);
    }
  }

  /**
   * Whether a process has a cache in {@code folder} now, or may have: where nothing says so, since
   * somebody has tidied up. Only looks.
   */
  public static boolean isInUse(Path folder) {
    Path file = folder.resolve(LOCK);
    if (!Files.exists(file)) {
      return true;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock free = channel.tryLock()) {
      return free == null;
    } catch (OverlappingFileLockException e) {
      return true;
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The file cache cannot be looked at", e);
    }
  }

  private static FileLock lockOf(FileChannel channel) throws IOException {
    FileLock taken = null;
    try {
      taken = channel.tryLock();
      for (int looks = 1; taken == null && looks <= MOST_LOOKS; looks++) {
        Thread.sleep(LOOK_MILLIS);
        taken = channel.tryLock();
      }
    } catch (OverlappingFileLockException e) {
      throw inUse(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      if (taken == null) {
        channel.close();
      }
    }
    if (taken == null) {
      throw inUse(null);
    }
    return taken;
  }

  private static EngineException inUse(@Nullable Exception cause) {
    return new EngineException(
        ErrorCode.STORE_UNAVAILABLE,
        "The cache's folder is in use by another process of Sightglass; allowed: one for each data folder",
        cause);
  }

  /** Files that are where they are anyway. */
  private record InPlace(List<Path> paths) implements Lease {
    @Override
    public void close() {}
  }

  /** Files of the cache, held until closed. */
  private final class Held implements Lease {
    private final List<Path> paths;
    private @Nullable List<Entry> held;

    Held(List<Path> paths, List<Entry> held) {
      this.paths = paths;
      this.held = held;
    }

    @Override
    public List<Path> paths() {
      return paths;
    }

    @Override
    public synchronized void close() {
      if (held != null) {
        release(held);
        held = null;
      }
    }
  }
}
