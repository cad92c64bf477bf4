package io.sightglass.engine.ingest.run;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.views.ViewPack;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What comes next of a unit, read while another load of it runs: it has to wait for that one's
 * commit, but need not to be unpacked and judged. One object of each unit. Thread-safe; closing
 * forgets what no load has taken.
 *
 * <p>What cannot be read ahead is left to its load, which meets the same and notes it.
 */
public final class ReadAhead implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ReadAhead.class);

  private final LoadStores stores;
  private final LoadSettings settings;
  private final LoadEngine engine;

  /** By load. Guarded by this, as is the other. */
  private final Map<String, CompletableFuture<Optional<SourceRows>>> sources = new HashMap<>();

  /** By unit, the load whose turn is to come. */
  private final Map<String, String> next = new HashMap<>();

  ReadAhead(LoadStores stores, LoadSettings settings, LoadEngine engine) {
    this.stores = stores;
    this.settings = settings;
    this.engine = engine;
  }

  /** Whether something is being read, or has been, whose turn is still to come. */
  synchronized boolean hasNext(String unit) {
    return next.containsKey(unit);
  }

  /** Says that {@link #read} will be called for a load. */
  synchronized void expect(String unit, String loadId) {
    next.put(unit, loadId);
    sources.put(loadId, new CompletableFuture<>());
  }

  /** Reads what was expected. */
  void read(ViewPack pack, Dataset dataset, LedgerEntry entry) {
    Optional<SourceRows> read = Optional.empty();
    try {
      read = tryRead(pack, dataset, entry);
    } finally {
      CompletableFuture<Optional<SourceRows>> wanted = find(entry.id());
      if (wanted == null || !wanted.complete(read)) {
        read.ifPresent(SourceRows::close);
      }
    }
  }

  private Optional<SourceRows> tryRead(ViewPack pack, Dataset dataset, LedgerEntry entry) {
    SourceRows staged = null;
    try {
      staged = SourceRows.stage(stores, pack, dataset, entry, settings.stagingFolder());
      staged.read(engine);
      return Optional.of(staged);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError failure) {
      LOG.info("Load {} is not read ahead", entry.id(), failure);
      if (staged != null) {
        staged.close();
      }
      return Optional.empty();
    }
  }

  private synchronized @Nullable CompletableFuture<Optional<SourceRows>> find(String loadId) {
    return sources.get(loadId);
  }

  /** It is a load's turn; what was read ahead of its unit for another one is forgotten. */
  void begin(String unit, String loadId) {
    String expected;
    synchronized (this) {
      expected = next.remove(unit);
    }
    if (expected != null && !expected.equals(loadId)) {
      forget(expected);
    }
  }

  /**
   * What was read for a load, waiting for it while it is being read; from then on the caller's, to
   * be closed. Empty when there is none, or it was read by other contracts.
   */
  Optional<SourceRows> take(ViewPack pack, String loadId) {
    CompletableFuture<Optional<SourceRows>> wanted = find(loadId);
    if (wanted == null) {
      return Optional.empty();
    }
    Optional<SourceRows> read = wanted.join();
    synchronized (this) {
      sources.remove(loadId);
    }
    if (read.isPresent() && !read.get().pack().version().equals(pack.version())) {
      read.get().close();
      return Optional.empty();
    }
    return read;
  }

  /** Forgets what was read for a load that has not taken it. */
  void forget(String loadId) {
    CompletableFuture<Optional<SourceRows>> unwanted;
    synchronized (this) {
      unwanted = sources.remove(loadId);
    }
    if (unwanted != null && !unwanted.complete(Optional.empty())) {
      unwanted.join().ifPresent(SourceRows::close);
    }
  }

  @Override
  public void close() {
    Map<String, CompletableFuture<Optional<SourceRows>>> left;
    synchronized (this) {
      left = Map.copyOf(sources);
    }
    left.keySet().forEach(this::forget);
  }
}
