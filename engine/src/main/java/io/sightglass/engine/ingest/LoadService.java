package io.sightglass.engine.ingest;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.ingest.expect.LedgerFreshness;
import io.sightglass.engine.ingest.expect.Punctuality;
import io.sightglass.engine.ingest.landing.LoadSource;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.LedgerPlaces;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadAlerts;
import io.sightglass.engine.ingest.ledger.LoadFilter;
import io.sightglass.engine.ingest.ledger.LoadRetries;
import io.sightglass.engine.ingest.ledger.Page;
import io.sightglass.engine.ingest.queue.AbandonedLoads;
import io.sightglass.engine.ingest.queue.AskedRetries;
import io.sightglass.engine.ingest.queue.DueLoads;
import io.sightglass.engine.ingest.run.BackgroundThread;
import io.sightglass.engine.ingest.run.DryRun;
import io.sightglass.engine.ingest.run.DryRunner;
import io.sightglass.engine.ingest.run.LoadDispatcher;
import io.sightglass.engine.ingest.run.LoadEngine;
import io.sightglass.engine.ingest.run.LoadRun;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.ingest.run.SetRunner;
import io.sightglass.engine.ingest.scan.LandingScan;
import io.sightglass.engine.ingest.scan.ScanRounds;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.ingest.stores.Reject;
import io.sightglass.engine.ingest.stores.RejectStore;
import io.sightglass.engine.query.Freshness;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.views.ViewPack;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What came in and what became of it: finds objects in the landing store, loads each exactly once,
 * and answers for every row. Thread-safe; one per process.
 */
public final class LoadService implements AutoCloseable {

  private final LoadStores stores;
  private final LoadSettings settings;
  private final Supplier<ViewPack> pack;
  private final LoadEngine engine;
  private final Ledger ledger;
  private final LedgerFreshness freshness;
  private final LandingScan landing;
  private final ScanRounds rounds;
  private final LoadRetries retries;
  private final AskedRetries asked;
  private final Punctuality punctuality;
  private final PseudonymKeys keys;
  private final LoadDispatcher dispatcher;
  private final AbandonedLoads abandoned;
  private final BackgroundThread thread;
  private final BackgroundThread others;
  private volatile Runnable afterCommit = () -> {};

  /**
   * A service that does nothing by itself until {@link #start}.
   *
   * @param pack the definitions that count now
   */
  public LoadService(
      LoadStores stores,
      LoadSettings settings,
      Supplier<ViewPack> pack,
      Guard guard,
      AlertService alertService) {
    this.stores = stores;
    this.settings = settings;
    this.pack = pack;
    engine = new LoadEngine(settings.engine(), guard);
    LoadAlerts alerts = new LoadAlerts(stores.database(), alertService, pack);
    ledger = new Ledger(stores.database(), alerts);
    freshness = new LedgerFreshness(ledger, pack, settings.clock());
    landing = new LandingScan(stores.landing(), ledger);
    rounds = new ScanRounds(stores, settings, pack, ledger, alerts);
    retries = new LoadRetries(stores.database(), settings.clock());
    asked = new AskedRetries(ledger, retries, settings.clock());
    punctuality = new Punctuality(freshness, pack, alertService);
    keys = stores.pseudonymKeys(settings);
    abandoned = new AbandonedLoads(stores, ledger, settings.clock());
    dispatcher =
        new LoadDispatcher(
            stores,
            settings,
            engine,
            pack,
            new DueLoads(ledger, new LedgerPlaces(stores.database()), stores.landing(), retries),
            new SetRunner(stores, settings, engine, ledger, keys, alerts, abandoned),
            abandoned);
    thread = new BackgroundThread("loads", ScanRounds.SOON, this::look);
    others = new BackgroundThread("loads-of-others", ScanRounds.SOON, this::lookAtOthers);
  }

  /** How datasets stand against what their contracts expect. */
  public Freshness freshness() {
    return freshness;
  }

  /** Tells every step from now on; for tests that stop a load between two of them. */
  public void listen(LoadStep.Listener steps) {
    dispatcher.listen(steps);
  }

  /** Tells of every commit from now on, on a thread that loads; what is told must not block. */
  public void onCommit(Runnable told) {
    afterCommit = told;
  }

  /**
   * Looks for new objects now, all that are listed, however young.
   *
   * @return the loads that are new, each with its row, FOUND; they run when the runner gets to them
   * @throws EngineException {@code STORE_UNAVAILABLE} when a dataset could not be looked for; what
   *     is new of the others runs all the same
   */
  public List<Load> scan() {
    try {
      return rounds.all();
    } finally {
      thread.wake();
    }
  }

  /**
   * Looks for new objects of one dataset now; {@link #runDue(QualifiedName, Consumer)} runs them.
   *
   * @throws EngineException {@code NOT_FOUND} without a contract; {@code STORE_UNAVAILABLE}
   */
  public List<Load> scan(QualifiedName dataset) {
    return rounds.of(contract(dataset));
  }

  /** Works once; the time until it has to again. */
  public Duration look(boolean byClock) {
    try {
      if (byClock && rounds.isDue()) {
        punctuality.watch(rounds::due);
      }
    } finally { // what is known runs, whatever could not be looked for
      runDue();
      checkPunctuality();
    }
    Duration next = rounds.untilDue();
    return retries.within(next.isZero() ? ScanRounds.SOON : next);
  }

  /** Runs what is due by the contracts of now, and goes by the times of theirs. */
  public void wake() {
    thread.wake();
  }

  /** Alerts about dates that were due and have not come are opened, and ended, as it is now. */
  public void checkPunctuality() {
    freshness.forgetAll(); // nobody is told of what has just come to another process
    punctuality.check();
  }

  /** What another process has found or left is not waited for. */
  private Duration lookAtOthers(boolean byClock) {
    if (ledger.hasWaiting() || abandoned.hasOthers()) {
      thread.wake();
    }
    return stores.leases().lookEvery();
  }

  /**
   * Runs everything that is FOUND, several beside each other, until nothing is that another process
   * does not run.
   *
   * @return what ran, in the order in which it was due, with its outcome; loads of other threads
   *     and processes are not in it
   */
  public List<Load> runDue() {
    return runDue(null, load -> {});
  }

  /**
   * The same.
   *
   * @param only of this dataset alone; null: of all
   * @param told of each load as soon as it has ended, on a thread that loads
   */
  public List<Load> runDue(@Nullable QualifiedName only, Consumer<Load> told) {
    return dispatcher.runDue(only, ids -> ended(ids, told));
  }

  private List<Load> ended(List<String> ids, Consumer<Load> told) {
    List<Load> ended = ids.stream().map(id -> require(id).load()).toList();
    ended.forEach(load -> freshness.forget(load.dataset()));
    ended.stream()
        .filter(load -> LoadRun.REPLACED.equals(load.code()))
        .forEach(load -> rounds.again(load.dataset())); // for what it became
    ended.forEach(told);
    if (ended.stream().anyMatch(load -> load.state() == Load.State.COMMITTED)) {
      afterCommit.run();
    }
    return ended;
  }

  /** Reconciles ledger and tables, then scans and runs on a thread of its own until closed. */
  public void start() {
    reconcile();
    thread.start();
    if (!stores.database().isEmbedded()) {
      others.start();
    }
  }

  /**
   * Finds out about loads that a crash of this process, or another, has interrupted: committed ones
   * are noted as such, the others run again.
   */
  public void reconcile() {
    dispatcher.between(() -> {
      StagingFolder.removeLeftovers(settings.stagingFolder());
      abandoned.settle(pack.get());
    });
  }

  /**
   * Notes of loads that nobody runs any more how they ended, while the tables still tell. Loads go
   * on meanwhile: whoever runs one has its lease.
   */
  public void settle() {
    abandoned.settle(pack.get());
  }

  /** Whether a load that began before is under way, in any process. */
  public boolean isRunningSince(Instant begun) {
    return ledger.inState(Load.State.RUNNING).stream()
        .map(entry -> entry.load().startedAt())
        .anyMatch(started -> started != null && !started.isAfter(begun));
  }

  /** Whether an object of a dataset was found before an instant. */
  public boolean hasBefore(QualifiedName dataset, Instant instant) {
    return ledger.hasBefore(dataset, instant);
  }

  /** Runs {@code work} while no load of this process is under way; loads wait for it. */
  public void between(Runnable work) {
    dispatcher.between(work);
  }

  /** The objects of some loads, and others that were delivered in their place or say the same. */
  public List<LoadSource> deliveriesLike(Set<String> loadIds) {
    List<LoadSource> sources = new ArrayList<>();
    for (String id : loadIds) {
      ledger
          .find(id)
          .ifPresent(entry -> sameSlot(entry).forEach(other -> sources.add(other.load().source())));
      ledger.repeating(id).forEach(other -> sources.add(other.load().source()));
    }
    return sources.stream().distinct().toList();
  }

  /** The objects of datasets that failed or are in quarantine, and whose rows nobody has seen. */
  public List<LoadSource> notLoaded(Set<QualifiedName> datasets) {
    return Stream.of(Load.State.FAILED, Load.State.QUARANTINED)
        .flatMap(state -> ledger.inState(state).stream())
        .map(LedgerEntry::load)
        .filter(load -> datasets.contains(load.dataset()))
        .map(Load::source)
        .distinct()
        .toList();
  }

  /** Where loads take each other's place, all of the place; where they add up, those alike. */
  private List<LedgerEntry> sameSlot(LedgerEntry entry) {
    Dataset dataset = pack.get().datasets().get(entry.load().dataset());
    if (dataset != null && dataset.load().replaces()) {
      return ledger.ofSlot(entry.load().dataset(), entry.slot());
    }
    String identity = entry.identity();
    return identity == null
        ? List.of(entry)
        : ledger.committedIdentity(entry.load().dataset(), identity);
  }

  /** The newest first. */
  public Page<Load> list(LoadFilter filter, int limit, @Nullable String cursor) {
    return ledger.list(filter, limit, cursor);
  }

  public Optional<Load> find(String id) {
    return ledger.find(id).map(LedgerEntry::load);
  }

  /**
   * The rows that a load did not let in, by line.
   *
   * @param values whether to open the vault's side for the values; the caller has checked the
   *     permission and audited the look
   * @throws EngineException {@code NOT_FOUND}
   */
  public Page<Reject> rejects(String id, boolean values, int limit, @Nullable String cursor) {
    Load load = require(id).load();
    try (StagingFolder folder = StagingFolder.create(settings.stagingFolder(), "rejects");
        DuckDbSession session = engine.open(pack.get(), 0)) {
      return new RejectStore(stores.rejects()).read(load, session, folder, values, limit, cursor);
    }
  }

  /**
   * Makes a FAILED or QUARANTINED load FOUND again; of one that waits for its next attempt the
   * waiting ends.
   *
   * @param accept codes that shall not quarantine its object any more
   * @throws EngineException {@code NOT_FOUND}; {@code CONFLICT} in another state; {@code
   *     INVALID_REQUEST} for a code that cannot be accepted
   */
  public Load retry(String id, Set<String> accept) {
    LedgerEntry entry = require(id);
    asked.retry(entry, pack.get().datasets().get(entry.load().dataset()), accept);
    thread.wake();
    return require(id).load();
  }

  /** Adds what a person has to say. Throws {@code NOT_FOUND}. */
  public Load addNote(String id, String by, String text, @Nullable String link) {
    require(id);
    ledger.addNote(id, new Load.Note(now(), by, text, link));
    return require(id).load();
  }

  /**
   * Loads again what lies in the landing store for these dates, both inclusive, loaded before or
   * not.
   *
   * @return the loads, FOUND
   * @throws EngineException {@code NOT_FOUND} for a dataset without a contract; {@code
   *     INVALID_REQUEST} when {@code to} is before {@code from}
   */
  public List<Load> backfill(QualifiedName name, LocalDate from, LocalDate to) {
    if (to.isBefore(from)) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          "Backfill from %s to %s; allowed: a date not before the first".formatted(from, to));
    }
    List<LedgerEntry> entries = landing.again(contract(name), from, to, now());
    ledger.add(entries);
    thread.wake();
    return entries.stream().map(LedgerEntry::load).collect(Collectors.toList());
  }

  /** What loading {@code file} would do, with nothing kept. */
  public DryRun dryRun(Path file, QualifiedName name) {
    ViewPack current = pack.get();
    Dataset dataset = contract(name);
    try (StagingFolder folder = StagingFolder.create(settings.stagingFolder(), "dry-run");
        DuckDbSession session = engine.open(current, 0)) {
      return new DryRunner(keys, folder, session)
          .run(file, dataset, engine.where(current, dataset), now());
    }
  }

  private Dataset contract(QualifiedName name) {
    Dataset dataset = pack.get().datasets().get(name);
    if (dataset == null) {
      throw new EngineException(
          ErrorCode.NOT_FOUND,
          "Dataset: \"%s\"; there is no contract of that name".formatted(name));
    }
    return dataset;
  }

  private LedgerEntry require(String id) {
    return ledger
        .find(id)
        .orElseThrow(() ->
            new EngineException(
                ErrorCode.NOT_FOUND, "Load: \"%s\"; there is no such load".formatted(id)));
  }

  private Instant now() {
    return settings.clock().instant();
  }

  /** Stops after the loads that run; what is not committed by then runs again after a start. */
  @Override
  public void close() {
    dispatcher.stop();
    others.close();
    thread.close();
    dispatcher.between(engine::close);
  }
}
