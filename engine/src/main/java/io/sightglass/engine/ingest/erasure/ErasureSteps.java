package io.sightglass.engine.ingest.erasure;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.ingest.LoadService;
import io.sightglass.engine.ingest.maintenance.MaintenanceService;
import io.sightglass.engine.ingest.persons.ErasedPersons;
import io.sightglass.engine.ingest.stores.KnownBackups;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.views.ViewPack;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one erasure after the other as far as it comes: rows, then a note beside backups, then
 * files, then landing objects. Thread-safe; each step may be interrupted, and is taken once more
 * then.
 */
final class ErasureSteps {

  private static final Logger LOG = LoggerFactory.getLogger(ErasureSteps.class);
  private static final Logger AUDIT = LoggerFactory.getLogger("sightglass.audit");

  private final LoadStores stores;
  private final LoadSettings settings;
  private final Supplier<ViewPack> pack;
  private final LoadService loads;
  private final ErasedPersons persons;
  private final ErasureService.AfterRemoval after;
  private final ErasureRows rows;
  private final ReentrantLock erasing = new ReentrantLock(true);

  ErasureSteps(
      LoadStores stores,
      LoadSettings settings,
      Supplier<ViewPack> pack,
      LoadService loads,
      ErasedPersons persons,
      ErasureService.AfterRemoval after) {
    this.stores = stores;
    this.settings = settings;
    this.pack = pack;
    this.loads = loads;
    this.persons = persons;
    this.after = after;
    rows = new ErasureRows(stores.database());
  }

  /** The right to go on with an erasure; empty: somebody runs it. */
  Optional<Leases.Lease> tryTake(String id) {
    return stores.leases().tryTake("erasure " + id);
  }

  static EngineException isTaken() {
    return new EngineException(
        ErrorCode.STORE_UNAVAILABLE,
        "The erasure belongs to another process, or this one was taken for dead; allowed: one that"
            + " runs it");
  }

  /**
   * Goes on with an erasure as far as it comes now.
   *
   * @param lease of it, by {@link #tryTake}
   * @throws EngineException when it was interrupted; the next call goes on where it was
   */
  Erasure advance(String id, Leases.Lease lease) {
    erasing.lock();
    try {
      Erasure erasure = rows.require(id); // whoever had it before has gone on with it
      Erasure removed =
          erasure.state() == Erasure.State.REGISTERED ? remove(erasure, lease) : erasure;
      noteBesideBackups(withBackups(removed));
      int waiting = removeFiles();
      return withBackups(
          removed.state() == Erasure.State.REMOVED
              ? put(cleaned(removed, waiting), lease)
              : removed);
    } finally {
      erasing.unlock();
    }
  }

  private Erasure remove(Erasure erasure, Leases.Lease lease) {
    return new ErasureRun(
            stores,
            settings,
            loads,
            persons.only(erasure.remembered()),
            after,
            noted -> put(noted, lease))
        .run(erasure, pack.get());
  }

  /** A certificate is written by whoever runs the erasure, and by nobody else. */
  Erasure put(Erasure erasure, Leases.Lease lease) {
    if (!lease.isHeld()) {
      throw isTaken();
    }
    rows.put(erasure);
    return erasure;
  }

  /** With the backups that may hold the person: one that is running knows nothing of itself yet. */
  Erasure withBackups(Erasure erasure) {
    String end = erasure.endedAt();
    return erasure.with(
        new KnownBackups(stores.database())
            .until(end == null ? settings.clock().instant() : Instant.parse(end)));
  }

  /** What cannot be reached now is up to the operator, who has the certificate. */
  private void noteBesideBackups(Erasure erasure) {
    Set<String> through = new HashSet<>();
    // All sets of a place share one note; that one of them is no more says nothing of the others.
    for (KnownBackups.Made backup : erasure.backups().reversed()) {
      try {
        if (!through.contains(backup.target()) && after.noteBeside(backup, erasure)) {
          through.add(backup.target());
        }
      } catch (EngineException failure) {
        through.add(backup.target()); // once is long enough to wait for a store
        LOG.warn(
            "Erasure {} was not noted beside backup {} at {}; allowed: restore --erased with its"
                + " certificate",
            erasure.id(),
            backup.set(),
            backup.target(),
            failure);
      }
    }
  }

  /** Of forgotten states, and what else has been left; how many must stay for a while. */
  private int removeFiles() {
    Optional<Instant> oldest = after.oldestStatement();
    int waiting = 0;
    MaintenanceService maintenance = after.maintenance();
    for (Side side : Side.values()) {
      waiting +=
          maintenance.removeExpired(
              side, expiry -> oldest.isEmpty() || expiry.isBefore(oldest.get()));
    }
    removeLeftBehind(maintenance);
    return waiting;
  }

  /** What killed processes have left may hold the person too. */
  private static void removeLeftBehind(MaintenanceService maintenance) {
    try {
      maintenance.removeOrphans(done -> {});
    } catch (EngineException failure) {
      LOG.warn("What interrupted work has left stays until maintain --orphans", failure);
    }
  }

  private Erasure cleaned(Erasure erasure, int waiting) {
    boolean removes = after.removesLanding();
    List<Erasure.LandingObject> landing =
        removes ? new LandingRemoval(stores.landing()).run(erasure.landing()) : erasure.landing();
    boolean isWhole =
        !removes || landing.stream().noneMatch(one -> one.fate() == Erasure.Fate.LISTED);
    boolean done = waiting == 0 && isWhole && stores.database().emptyLog();
    audit(erasure, landing);
    return erasure.cleaned(done ? settings.clock().instant() : null, waiting, landing);
  }

  private static void audit(Erasure erasure, List<Erasure.LandingObject> landing) {
    long before = removedOf(erasure.landing());
    if (removedOf(landing) > before) {
      AUDIT.info(
          "erasure {} removed {} landing objects", erasure.id(), removedOf(landing) - before);
    }
  }

  private static long removedOf(List<Erasure.LandingObject> landing) {
    return landing.stream().filter(one -> one.fate() == Erasure.Fate.REMOVED).count();
  }
}
