package io.sightglass.engine.ingest.run;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.queue.AbandonedLoads;
import io.sightglass.engine.ingest.queue.DueLoads;
import io.sightglass.engine.ingest.queue.LoadUnit;
import io.sightglass.engine.ingest.queue.PartSet;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.views.ViewPack;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands out what is due, several loads beside each other; what has to wait for one of them is read
 * meanwhile. Thread-safe.
 */
public final class LoadDispatcher {

  private final LoadStores stores;
  private final LoadSettings settings;
  private final LoadEngine engine;
  private final Supplier<ViewPack> pack;
  private final DueLoads due;
  private final SetRunner sets;
  private final AbandonedLoads abandoned;
  private volatile LoadStep.Listener listener = LoadStep.Listener.NONE;

  /** One thread at a time hands out. */
  private final ReentrantLock handingOut = new ReentrantLock(true);

  /** Read-locked by each load that runs. */
  private final ReentrantReadWriteLock running = new ReentrantReadWriteLock(true);

  private volatile boolean closing;

  public LoadDispatcher(
      LoadStores stores,
      LoadSettings settings,
      LoadEngine engine,
      Supplier<ViewPack> pack,
      DueLoads due,
      SetRunner sets,
      AbandonedLoads abandoned) {
    this.stores = stores;
    this.settings = settings;
    this.engine = engine;
    this.pack = pack;
    this.due = due;
    this.sets = sets;
    this.abandoned = abandoned;
  }

  /** Tells every step from now on; for tests that stop a load between two of them. */
  public void listen(LoadStep.Listener steps) {
    listener = steps;
  }

  /**
   * Runs everything that is FOUND until nothing is that another process does not run.
   *
   * @param only of this dataset; null: of all
   * @param ended tells of loads, by their identifiers, as soon as they have ended
   * @return what {@code ended} gave, in the order in which it was due
   */
  public List<Load> runDue(@Nullable QualifiedName only, Function<List<String>, List<Load>> ended) {
    handingOut.lock();
    try (ReadAhead ahead = new ReadAhead(stores, settings, engine);
        LoadPool pool =
            new LoadPool(settings.engine().threads(), settings.engine().memoryLimitBytes())) {
      Set<String> handedOut = new HashSet<>();
      String version = "";
      while (!closing && !pool.hasFailed()) {
        Set<String> units = pool.units();
        ViewPack current = pack.get();
        if (!units.isEmpty() && !current.version().equals(version)) {
          // By other contracts, other loads are in each other's way.
          pool.awaitEndOf(units);
          continue;
        }
        version = current.version();
        abandoned.settle(current);
        Set<String> taken = new HashSet<>(stores.leases().taken());
        taken.addAll(units);
        Optional<PartSet> next = due.next(current, taken, only);
        if (next.isPresent()) {
          PartSet set = next.get();
          LedgerEntry lead = set.lead();
          Dataset dataset = Objects.requireNonNull(current.datasets().get(lead.load().dataset()));
          String unit = LoadUnit.of(dataset, lead);
          handedOut.add(DueLoads.turn(dataset, lead));
          ahead.begin(unit, lead.id());
          pool.submit(unit, set.memoryBytes(), () -> ended.apply(run(set, current, ahead)));
        } else if (units.isEmpty()) {
          break;
        } else if (!readAhead(current, only, handedOut, pool, ahead)) {
          pool.awaitEndOf(units);
        }
      }
      return pool.await();
    } finally {
      handingOut.unlock();
    }
  }

  private List<String> run(PartSet set, ViewPack current, ReadAhead ahead) {
    running.readLock().lock();
    try {
      // What has waited for so long is looked at anew.
      return isStale(current) ? List.of() : sets.run(set, current, listener, ahead);
    } finally {
      running.readLock().unlock();
      ahead.forget(set.lead().id());
    }
  }

  private boolean isStale(ViewPack current) {
    return closing || !pack.get().version().equals(current.version());
  }

  /** Has one object read ahead; false when there is none, or no room. */
  private boolean readAhead(
      ViewPack current,
      @Nullable QualifiedName only,
      Set<String> handedOut,
      LoadPool pool,
      ReadAhead ahead) {
    Set<String> units = new HashSet<>(pool.units());
    units.removeIf(ahead::hasNext);
    if (units.isEmpty()) {
      return false;
    }
    Optional<LedgerEntry> following = due.following(current, units, handedOut, only);
    if (following.isEmpty()) {
      return false;
    }
    LedgerEntry entry = following.get();
    Dataset dataset = Objects.requireNonNull(current.datasets().get(entry.load().dataset()));
    long bytes = PartSet.of(entry).memoryBytes();
    if (!pool.hasRoomFor(bytes)) {
      return false;
    }
    ahead.expect(LoadUnit.of(dataset, entry), entry.id());
    pool.submit(
        "read " + entry.id(),
        bytes,
        () -> {
          readAhead(current, dataset, entry, ahead);
          return List.of();
        });
    return true;
  }

  private void readAhead(ViewPack current, Dataset dataset, LedgerEntry entry, ReadAhead ahead) {
    // Not behind those who wait for the lock: they may wait for a load that waits for this.
    if (!running.readLock().tryLock()) {
      ahead.forget(entry.id());
      return;
    }
    try {
      if (isStale(current)) {
        ahead.forget(entry.id());
      } else {
        ahead.read(current, dataset, entry);
      }
    } finally {
      running.readLock().unlock();
    }
  }

  /** Runs {@code work} while no load is under way; loads wait for it. */
  public void between(Runnable work) {
    running.writeLock().lock();
    try {
      work.run();
    } finally {
      running.writeLock().unlock();
    }
  }

  /** Nothing begins any more; what runs goes on. */
  public void stop() {
    closing = true;
  }
}
