package io.sightglass.engine.ingest.run;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.DatabaseFailure;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.ingest.expect.DateOrder;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadAlerts;
import io.sightglass.engine.ingest.ledger.LoadOutcome;
import io.sightglass.engine.ingest.ledger.LoadRetries;
import io.sightglass.engine.ingest.queue.AbandonedLoads;
import io.sightglass.engine.ingest.queue.DueLoads;
import io.sightglass.engine.ingest.queue.LoadUnit;
import io.sightglass.engine.ingest.queue.PartSet;
import io.sightglass.engine.ingest.queue.PartSets;
import io.sightglass.engine.ingest.scan.LandingScan;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.views.ViewPack;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs what belongs together and writes down how each load of it ended. Thread-safe. */
public final class SetRunner {

  private static final Logger LOG = LoggerFactory.getLogger(SetRunner.class);

  private final LoadStores stores;
  private final LoadSettings settings;
  private final LoadEngine engine;
  private final Ledger ledger;
  private final PseudonymKeys keys;
  private final LoadAlerts alerts;
  private final LandingScan scan;
  private final AbandonedLoads abandoned;
  private final LoadRetries retries;
  private final DateOrder order;

  public SetRunner(
      LoadStores stores,
      LoadSettings settings,
      LoadEngine engine,
      Ledger ledger,
      PseudonymKeys keys,
      LoadAlerts alerts,
      AbandonedLoads abandoned) {
    this.stores = stores;
    this.settings = settings;
    this.engine = engine;
    this.ledger = ledger;
    this.keys = keys;
    this.alerts = alerts;
    scan = new LandingScan(stores.landing(), ledger);
    this.abandoned = abandoned;
    retries = new LoadRetries(stores.database(), settings.clock());
    order = new DateOrder(stores.database());
  }

  /**
   * Runs a set to its end, whatever that is.
   *
   * @param ahead where its object may have been read already
   * @return the loads that ended; none when another process was first
   */
  List<String> run(PartSet set, ViewPack current, LoadStep.Listener listener, ReadAhead ahead) {
    Dataset dataset = current.datasets().get(set.lead().load().dataset());
    if (dataset == null) {
      throw new IllegalStateException("no contract of " + set.lead().load().dataset());
    }
    String unit = LoadUnit.of(dataset, set.lead());
    Optional<Leases.Lease> lease = stores.leases().tryTake(unit);
    if (lease.isEmpty()) {
      return List.of();
    }
    try (Leases.Lease held = lease.get()) {
      return run(dataset, set, unit, new Turn(current, held, listener, ahead));
    } catch (LostLeaseException lost) {
      LOG.error("{}", lost.getMessage());
      return List.of();
    } finally {
      abandoned.ran();
    }
  }

  private List<String> run(Dataset dataset, PartSet set, String unit, Turn turn) {
    try {
      abandoned.settle(turn.pack(), unit);
      if (!isStillDue(dataset, set)) {
        return List.of();
      }
      if (set.entries().isEmpty()) {
        return endOvertaken(dataset, set);
      }
      List<LedgerEntry> entries = begin(dataset, set);
      return entries.isEmpty() ? List.of() : run(set, entries, turn);
    } catch (LostLeaseException lost) {
      throw lost;
    } catch (RuntimeException fault) {
      if (DatabaseFailure.isBehind(fault)) {
        throw fault;
      }
      LOG.error("Load {} of {} failed", set.lead().id(), dataset.name(), fault);
      return endBroken(dataset, set, failed(fault));
    }
  }

  /**
   * Thrown on, a fault would keep all other datasets from being loaded, and one that was not begun
   * would be handed out again at once: what breaks beside an attempt counts as one.
   */
  private List<String> endBroken(Dataset dataset, PartSet set, LoadOutcome failed) {
    String holder = stores.leases().holder();
    List<LedgerEntry> entries =
        set.entries().isEmpty()
            ? set.overtaken().stream().map(PartSet.Overtaken::entry).toList()
            : set.entries();
    List<String> ended = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      abandoned.run(entry.id());
      var _ = ledger.begin(entry, holder, settings.clock().instant());
      LedgerEntry running = entry.runBy(holder);
      if (ledger.find(entry.id()).filter(running::isRunAlike).isPresent()) {
        ended.add(end(dataset, running, failed));
      }
    }
    return ended;
  }

  private static LoadOutcome failed(RuntimeException fault) {
    return fault instanceof EngineException known
        ? LoadOutcome.failed(known.code().name(), known.detail())
        : LoadOutcome.failed(ErrorCode.INTERNAL.name(), "A fault of the service; see its log");
  }

  /** What belongs together was found out before this process had the lease. */
  private boolean isStillDue(Dataset dataset, PartSet set) {
    if (!DueLoads.hasParts(dataset)) {
      return true;
    }
    try {
      return PartSets.of(stores.landing(), dataset, set.lead().slot(), ledger).find().isSameAs(set);
    } catch (EngineException unlisted) {
      if (unlisted.getCause() instanceof DatabaseFailure) {
        throw unlisted;
      }
      // Who asks what is due next finds out whether it lasts, and says so in the ledger.
      LOG.warn("The parts of {} cannot be looked up", set.lead().id(), unlisted);
      return false;
    }
  }

  private List<String> endOvertaken(Dataset dataset, PartSet set) {
    return set.overtaken().stream().map(one -> end(dataset, one.entry(), one.outcome())).toList();
  }

  /** What one set is run with. */
  private record Turn(
      ViewPack pack, Leases.Lease lease, LoadStep.Listener listener, ReadAhead ahead) {}

  private List<String> run(PartSet set, List<LedgerEntry> entries, Turn turn) {
    Dataset dataset =
        Objects.requireNonNull(turn.pack().datasets().get(set.lead().load().dataset()));
    Map<String, LoadOutcome> outcomes = new HashMap<>();
    LedgerEntry lead = entries.getLast();
    try (StagingFolder folder = StagingFolder.create(settings.stagingFolder(), lead.id())) {
      outcomes.putAll(attempt(turn, dataset, entries, folder));
    } catch (LostLeaseException lost) {
      throw lost;
    } catch (RuntimeException failure) {
      LOG.error("Load {} of {} failed", lead.id(), dataset.name(), failure);
      LoadOutcome failed = failed(failure);
      entries.forEach(entry -> outcomes.put(entry.id(), failed));
    } catch (StackOverflowError | OutOfMemoryError exhausted) {
      // One file must not end the thread that loads all others.
      LOG.error("Load {} of {} failed and waits for a retry", lead.id(), dataset.name(), exhausted);
      LoadOutcome failed =
          LoadOutcome.failed(
              ErrorCode.MEMORY_LIMIT.name(), "The file took more memory than the service has");
      entries.forEach(entry -> outcomes.put(entry.id(), failed));
    }
    boolean isLoaded = entries.stream().allMatch(entry -> isCommitted(outcomes.get(entry.id())));
    Set<String> asked = set.entries().stream().map(LedgerEntry::id).collect(Collectors.toSet());
    List<String> ended = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      LoadOutcome outcome = outcomes.remove(entry.id());
      if (outcome == null && !asked.contains(entry.id())) {
        // It is loaded as it was before; found once more, it would run for ever.
        ended.add(end(dataset, entry, unneeded()));
      } else if (outcome == null) {
        ledger.reopen(
            entry,
            entry.accepted(),
            "Another part could not be loaded",
            settings.clock().instant());
      } else {
        ended.add(end(dataset, entry, outcome));
      }
    }
    if (isLoaded) {
      ended.addAll(endOvertaken(dataset, set));
    }
    return ended;
  }

  private static boolean isCommitted(@Nullable LoadOutcome outcome) {
    return outcome != null && outcome.state() == Load.State.COMMITTED;
  }

  private static LoadOutcome unneeded() {
    return LoadOutcome.skipped(
        "REPEATED", "Read once more for the sake of another part, which could not be loaded", null);
  }

  /** Takes all of a set for running; none when another process was first. */
  private List<LedgerEntry> begin(Dataset dataset, PartSet set) {
    List<LedgerEntry> begun = begin(set.entries());
    if (begun.isEmpty() || set.unchanged().isEmpty()) {
      return begun;
    }
    List<LedgerEntry> unchanged;
    try {
      unchanged = scan.again(dataset, set.unchanged(), settings.clock().instant());
    } catch (EngineException unlisted) {
      if (unlisted.getCause() instanceof DatabaseFailure) {
        throw unlisted;
      }
      LOG.error("The other parts of {} cannot be looked up", set.lead().id(), unlisted);
      LoadOutcome failed = LoadOutcome.failed(unlisted.code().name(), unlisted.detail());
      begun.forEach(entry -> end(dataset, entry, failed));
      return List.of();
    }
    if (unchanged.size() < set.unchanged().size()) {
      LoadOutcome gone =
          LoadOutcome.failed(
              ErrorCode.STORE_UNAVAILABLE.name(),
              "Another part lay there when this one was begun, and does no more");
      begun.forEach(entry -> end(dataset, entry, gone));
      return List.of();
    }
    ledger.add(unchanged);
    List<LedgerEntry> all = new ArrayList<>(begin(unchanged));
    all.addAll(begun);
    return all;
  }

  private List<LedgerEntry> begin(List<LedgerEntry> found) {
    String holder = stores.leases().holder();
    List<LedgerEntry> begun = new ArrayList<>();
    for (LedgerEntry entry : found) {
      abandoned.run(entry.id());
      if (!ledger.begin(entry, holder, settings.clock().instant())) {
        begun.forEach(one -> ledger.reopen(one, one.accepted(), null, settings.clock().instant()));
        return List.of();
      }
      begun.add(entry.runBy(holder));
    }
    return begun;
  }

  private Map<String, LoadOutcome> attempt(
      Turn turn, Dataset dataset, List<LedgerEntry> entries, StagingFolder folder) {
    Instant now = settings.clock().instant();
    if (DueLoads.hasParts(dataset)) {
      PartsRun.Attempt parts =
          new PartsRun.Attempt(turn.pack(), dataset, entries, folder, alerts, turn.lease(), now);
      return new PartsRun(stores, engine, ledger, keys, turn.listener(), parts).run();
    }
    LedgerEntry entry = entries.getLast();
    LoadRun.Attempt one =
        new LoadRun.Attempt(
            turn.pack(), dataset, entry, turn.ahead(), folder, alerts, turn.lease(), now);
    return Map.of(
        entry.id(), new LoadRun(stores, engine, ledger, keys, turn.listener(), one).run());
  }

  /** A failed one is tried again later, but for the last time. */
  private String end(Dataset dataset, LedgerEntry entry, LoadOutcome ended) {
    if (ended.state() == Load.State.FAILED && retries.putOff(entry, ended)) {
      LOG.warn("Load {} of {} is tried again later", entry.id(), entry.load().dataset());
      return entry.id();
    }
    LoadOutcome outcome =
        ended.state() == Load.State.COMMITTED
            ? order.findNote(dataset, entry).map(ended::withNote).orElse(ended)
            : ended;
    if (!ledger.end(entry, outcome, settings.clock().instant())) {
      throw new LostLeaseException(entry.id());
    }
    LOG.info(
        "Load {} of {} from {} is {}: {}",
        entry.id(),
        entry.load().dataset(),
        entry.load().source().visibleName(),
        outcome.state(),
        outcome.code() == null ? "ok" : outcome.code());
    return entry.id();
  }
}
