package io.sightglass.engine.ingest.queue;

import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.DatabaseFailure;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadOutcome;
import io.sightglass.engine.ingest.ledger.LoadRetries;
import io.sightglass.engine.ingest.merge.CommittedLoads;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.views.ViewPack;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads that run by the ledger and by nobody else: their process has died, or could not write down
 * how they ended. Thread-safe.
 */
public final class AbandonedLoads {

  private static final Logger LOG = LoggerFactory.getLogger(AbandonedLoads.class);

  private final LoadStores stores;
  private final Ledger ledger;
  private final InstantSource clock;
  private final LoadRetries retries;

  /**
   * What threads of this process run: a contract that changes meanwhile changes its unit's name.
   */
  private final Map<String, Thread> own = new ConcurrentHashMap<>();

  public AbandonedLoads(LoadStores stores, Ledger ledger, InstantSource clock) {
    this.stores = stores;
    this.ledger = ledger;
    this.clock = clock;
    retries = new LoadRetries(stores.database(), clock);
  }

  /** The calling thread is about to run {@code id}. */
  public void run(String id) {
    own.put(id, Thread.currentThread());
  }

  /** The calling thread runs nothing any more. */
  public void ran() {
    own.values().removeIf(Thread.currentThread()::equals);
  }

  /** Whether another process has left some. */
  public boolean hasOthers() {
    return left().stream().anyMatch(entry -> !stores.leases().holder().equals(entry.holder()));
  }

  /**
   * Finds out by the tables how each ended: committed ones are noted as such, the others are FOUND
   * again; after many attempts put off as if they had failed. One that cannot be looked for waits
   * for the next time, and stops no other.
   */
  public void settle(ViewPack pack) {
    for (LedgerEntry entry : left()) {
      Dataset dataset = pack.datasets().get(entry.load().dataset());
      Optional<Leases.Lease> lease = stores.leases().tryTake(LoadUnit.of(dataset, entry));
      if (lease.isPresent()) {
        try (Leases.Lease _ = lease.get()) {
          settle(pack, entry);
        } catch (RuntimeException failure) {
          if (DatabaseFailure.isBehind(failure)) {
            throw failure;
          }
          LOG.warn(
              "How load {} ended cannot be found out, which is tried again", entry.id(), failure);
        }
      }
    }
  }

  /** The same for those that keep {@code unit}, whose lease this process has, from being loaded. */
  public void settle(ViewPack pack, String unit) {
    left().stream()
        .filter(
            entry -> LoadUnit.of(pack.datasets().get(entry.load().dataset()), entry).equals(unit))
        .forEach(entry -> settle(pack, entry));
  }

  private List<LedgerEntry> left() {
    // First what runs, then who lives: whoever has begun meanwhile is among those.
    List<LedgerEntry> running = ledger.inState(Load.State.RUNNING);
    if (running.isEmpty()) {
      return running;
    }
    Set<String> living = stores.leases().living();
    String self = stores.leases().holder();
    return running.stream()
        .filter(entry -> !own.containsKey(entry.id()))
        .filter(entry -> {
          String holder = entry.holder();
          return holder == null || holder.equals(self) || !living.contains(holder);
        })
        .toList();
  }

  private void settle(ViewPack pack, LedgerEntry entry) {
    Dataset dataset = pack.datasets().get(entry.load().dataset());
    Optional<LoadOutcome> committed =
        dataset == null
            ? Optional.empty()
            : CommittedLoads.find(stores.lake().asItIs(dataset), entry.id());
    Instant now = clock.instant();
    boolean isSettled =
        committed.isPresent() ? ledger.end(entry, committed.get(), now) : runAgain(entry, now);
    if (isSettled) {
      LOG.info(
          "Load {} of {} was left by another run of the service: {}",
          entry.id(),
          entry.load().dataset(),
          committed.isPresent() ? "it is committed" : "nothing of it is visible");
    }
  }

  /** At once, but not for ever: it may be what the service dies of. */
  private boolean runAgain(LedgerEntry entry, Instant now) {
    if (retries.deaths(entry.id()) < LoadRetries.MOST_DEATHS) {
      return ledger.reopen(entry, entry.accepted(), LoadRetries.STOPPED, now);
    }
    LoadOutcome failed =
        LoadOutcome.failed(
            ErrorCode.INTERNAL.name(),
            LoadRetries.STOPPED + ". It may be this file that the service dies of: see its log");
    return retries.putOffDead(entry, failed) || ledger.end(entry, failed, now);
  }
}
