package io.sightglass.engine.ingest.maintenance;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.ingest.merge.KeyIndex;
import io.sightglass.engine.ingest.merge.RowRetention;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.SnapshotExpiry;
import io.sightglass.engine.table.TableFolder;
import io.sightglass.engine.views.StoredShape;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.ViewPack;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Maintenance of the tables of a deployment, step by step on the calling thread. Thread-safe; loads
 * and statements go on meanwhile, in this process and in others.
 */
public final class MaintenanceService {

  /** Whatever a process has begun and not ended by then is nobody's. */
  private static final Duration ABANDONED = Duration.ofDays(1);

  private static final Pattern DIGEST_IN_NAME = Pattern.compile(".*-([0-9a-f]{64})\\.parquet");

  private final LoadStores stores;
  private final LoadSettings settings;
  private final MaintenanceRules rules;
  private final ViewPack pack;
  private final ErasedRows erased;
  private final ExpiredFiles expired;

  /**
   * Maintenance by the contracts of a pack.
   *
   * @param settings of the engine that rewrites, which is of the loads' kind
   * @param erased whose rows a column that is made anew must not bring back
   */
  public MaintenanceService(
      LoadStores stores,
      LoadSettings settings,
      MaintenanceRules rules,
      ViewPack pack,
      ErasedRows erased) {
    this.stores = stores;
    this.settings = settings;
    this.rules = rules;
    this.pack = pack;
    this.erased = erased;
    this.expired = new ExpiredFiles(stores.database());
  }

  /**
   * Merges small files, both sides of each dataset as a pair. Every state answers as before.
   *
   * @param only the one dataset; null: all
   * @param told what was committed
   */
  public void compact(@Nullable QualifiedName only, Consumer<Maintenance> told) {
    DuckDbInstance engine = openEngine();
    try {
      Compactor compactor = new Compactor(stores, engine, stagingFolder(), rules.merge());
      for (Dataset dataset : datasets(only)) {
        compactor.compact(stores.lake().asItIs(dataset), told);
      }
    } finally {
      engine.retire();
    }
  }

  /**
   * Makes the values of columns anew whose protection has changed: of a column that turned out to
   * identify, of one that does not after all, of one under another mask. Rows that are found to
   * belong to persons who were erased go. All earlier states of such a dataset are forgotten, for
   * they show the values as they were.
   *
   * @param only the one dataset; null: all
   * @param told what was made anew
   */
  public void rebuild(@Nullable QualifiedName only, Consumer<Maintenance> told) {
    for (Dataset dataset : datasets(only)) {
      LakeTable table = stores.lake().ensure(dataset);
      Maintenance.Rebuilt done = rebuild(table, erased);
      // Also after one that was cut off between its commit and this.
      if (table.knowsStatesBeforeRebuild()) {
        forget(table);
        resultsOver(dataset.name()).forEach(view -> forgetResult(view));
        KeyIndex.remove(stores.keyFolder(), dataset.name());
      }
      if (done.files() > 0) {
        told.accept(done);
      }
    }
  }

  /** The materialised views over a dataset. */
  private List<QualifiedName> resultsOver(QualifiedName dataset) {
    return pack.views().values().stream()
        .filter(view -> view.isMaterialized() && view.datasets().contains(dataset))
        .map(View::name)
        .toList();
  }

  /**
   * Whether a materialised view over a dataset has a state from before an instant.
   *
   * @param but views that do not count, by name
   */
  public boolean hasResultBefore(QualifiedName dataset, Set<String> but, Instant instant) {
    return resultsOver(dataset).stream()
        .filter(view -> !but.contains(view.toString()))
        .map(view -> StoredShape.of(Objects.requireNonNull(pack.views().get(view))))
        .flatMap(shape -> stores.lake().ensureResult(shape).history().stream())
        .anyMatch(state -> state.committedAt().isBefore(instant));
  }

  /**
   * Makes one dataset's columns anew for an erasure, which looks for rows and forgets states
   * itself.
   *
   * @return whether rows may be found now that were not
   * @throws EngineException {@code STORE_UNAVAILABLE} when the tables follow a later contract
   */
  public boolean rebuildForErasure(Dataset dataset) {
    LakeTable table = stores.lake().follow(dataset);
    Maintenance.Rebuilt done = rebuild(table, (session, of, lake) -> side -> Optional.empty());
    return done.files() > 0 || table.knowsStatesBeforeRebuild();
  }

  private Maintenance.Rebuilt rebuild(LakeTable table, ErasedRows gone) {
    PseudonymKeys keys = stores.pseudonymKeys(settings);
    DuckDbInstance engine = openEngine();
    try (StagingFolder folder = StagingFolder.create(stagingFolder(), "rebuild");
        DuckDbSession session = engine.openSession()) {
      Maintenance.Rebuilt done = new Rebuild(stores, table, keys, session, folder).run();
      if (table.knowsStatesBeforeRebuild()) {
        RowRemoval.Rows rows = gone.rows(session, table.dataset(), stores.lake());
        new RowRemoval(stores, table, rows, session, folder).run();
      }
      return done;
    } finally {
      engine.retire();
    }
  }

  /**
   * Removes rows that are older than the contract's retention from the newest state, both sides as
   * a pair, and what was rejected from files of those days. Earlier states have them until they are
   * forgotten.
   *
   * @param only the one dataset; null: all
   * @param told what was removed
   */
  public void removeOutdated(@Nullable QualifiedName only, Consumer<Maintenance> told) {
    DuckDbInstance engine = openEngine();
    try {
      for (Dataset dataset : datasets(only)) {
        Optional<RowRetention> kept = RowRetention.of(dataset, now());
        if (kept.isPresent()) {
          removeOutdated(dataset, kept.get(), engine, told);
        }
      }
    } finally {
      engine.retire();
    }
  }

  private void removeOutdated(
      Dataset dataset, RowRetention kept, DuckDbInstance engine, Consumer<Maintenance> told) {
    RowRemoval.Condition outdated = new RowRemoval.Condition(kept.stored(), kept.files());
    RowRemoval.Rows rows = side -> side == Side.ORDINARY ? Optional.of(outdated) : Optional.empty();
    RowRemoval.Removed removed;
    try (StagingFolder folder = StagingFolder.create(stagingFolder(), "retention");
        DuckDbSession session = engine.openSession()) {
      removed = new RowRemoval(stores, stores.lake().asItIs(dataset), rows, session, folder).run();
    }
    int rejects = kept.removeRejects(stores.database(), stores.rejects());
    if (removed.ordinary() + rejects > 0) {
      told.accept(
          new Maintenance.RowsRemoved(
              dataset.name(), kept.keptFrom(), removed.ordinary(), removed.vault(), rejects));
    }
  }

  /**
   * Forgets states that are older than the contract's retention, both sides as pairs; of a view's
   * result those that are older than every input keeps its own, or older than an input's rebuild.
   * Never the current one, nor one that a statement may still be reading.
   */
  public void expire(@Nullable QualifiedName only, Consumer<Maintenance> told) {
    for (Dataset dataset : datasets(only)) {
      Period kept = dataset.retention().snapshots();
      // Where all states are kept, what was staged for one that never came is still nobody's.
      expire(stores.lake().asItIs(dataset), kept == null ? Instant.MIN : before(kept), told);
    }
    ResultExpiry ofResults = new ResultExpiry(stores.lake(), pack, this::before);
    for (View view : results(only)) {
      LakeTable result = stores.lake().ensureResult(StoredShape.of(view));
      ofResults.before(view, result).ifPresent(before -> expire(result, before, told));
    }
  }

  private void expire(LakeTable table, Instant before, Consumer<Maintenance> told) {
    SnapshotExpiry.Outcome outcome =
        table.expire(
            new SnapshotExpiry(
                before,
                nobodys(now().minus(ABANDONED)),
                (side, keys) -> expired.add(side, keys, now())));
    if (outcome.states() + outcome.vaultSnapshots() > 0) {
      told.accept(
          new Maintenance.Expired(table.dataset().name(), outcome.states(), outcome.files()));
    }
  }

  /** Forgets every state of a dataset but the current one, whatever its contract says. */
  public void forget(LakeTable table) {
    table.forgetRemovedFiles();
    expire(table, Instant.MAX, done -> {});
  }

  /** The same for the result of a materialised view. */
  public void forgetResult(QualifiedName view) {
    View definition = pack.views().get(view);
    if (definition != null && definition.isMaterialized()) {
      forget(stores.lake().ensureResult(StoredShape.of(definition)));
    }
  }

  /**
   * Removes the files of forgotten states, copies of them on this machine too; no other ones.
   *
   * @param isUnread whether files that expired then can be read by no statement any longer
   * @return how many files must stay for a while
   */
  public int removeExpired(Side side, Predicate<Instant> isUnread) {
    return new OrphanRemoval(
            stores.lake(), expired, isUnread, object -> Instant.MIN, gone -> uncache(side, gone))
        .run(side)
        .waiting();
  }

  private void uncache(Side side, StoredObject gone) {
    Matcher name = DIGEST_IN_NAME.matcher(gone.key());
    stores
        .files(side)
        .remove(
            new FileCache.WantedFile(
                gone.key(), gone.size(), name.matches() ? name.group(1) : null));
  }

  /** No younger than what a statement that runs may have pinned. */
  private Instant before(Period kept) {
    Instant byContract = now().atZone(ZoneOffset.UTC).minus(kept).toInstant();
    Instant unread = now().minus(rules.longestStatement());
    return byContract.isBefore(unread) ? byContract : unread;
  }

  /**
   * Removes files that nothing refers to, and what interrupted work has left, once they are old
   * enough or older than all processes that run. Looks at every table that the catalog knows.
   */
  public void removeOrphans(Consumer<Maintenance> told) {
    Instant unread = now().minus(rules.longestStatement());
    Instant old = now().minus(Objects.requireNonNullElse(rules.orphanAge(), ABANDONED));
    Instant ours = rules.orphanAge() == null ? nobodys(old) : old;
    int leftovers = 0;
    for (Side side : Side.values()) {
      told.accept(
          new OrphanRemoval(
                  stores.lake(),
                  expired,
                  instant -> instant.isBefore(unread),
                  object -> isOfAnotherEngine(object) ? old : ours,
                  gone -> uncache(side, gone))
              .run(side));
      leftovers += stores.lake().store(side).removeUnfinished(ours);
    }
    leftovers += stores.rejects().removeUnfinished(ours);
    for (String folder : List.of("staging", "refresh", "maintenance")) {
      // Of dry runs and other maintenance, which sign on nowhere or only for themselves.
      Instant before = folder.equals("maintenance") ? old : ours;
      leftovers += StagingFolder.removeLeftovers(settings.vaultFolder().resolve(folder), before);
    }
    told.accept(new Maintenance.LeftoversRemoved(leftovers));
  }

  /** What is older was left by processes that have ended, or is too old for any. */
  private Instant nobodys(Instant old) {
    Instant ofNoProcess = stores.leases().earliestStart().minus(rules.clocksDiffer());
    return ofNoProcess.isAfter(old) ? ofNoProcess : old;
  }

  /** Its process is no replica of ours, and may need hours until it commits. */
  private static boolean isOfAnotherEngine(StoredObject object) {
    return object.key().endsWith(".parquet") && !DIGEST_IN_NAME.matcher(object.key()).matches();
  }

  /**
   * Reads every data file of every state in the stores and compares it with what was committed.
   *
   * @param only the one dataset, or view with a result; null: all
   */
  public void verify(@Nullable QualifiedName only, Consumer<Maintenance> told) {
    DuckDbInstance engine = openEngine();
    try {
      StoreVerification verification =
          new StoreVerification(stores.lake(), engine, stagingFolder());
      for (Side side : Side.values()) {
        for (TableFolder folder : stores.lake().folders(side)) {
          if (only == null || only.equals(folder.name())) {
            verification.run(side, folder, told);
          }
        }
      }
    } finally {
      engine.retire();
    }
  }

  private List<Dataset> datasets(@Nullable QualifiedName only) {
    return pack.datasets().values().stream()
        .filter(dataset -> only == null || only.equals(dataset.name()))
        .sorted(Comparator.comparing(Dataset::name))
        .toList();
  }

  private List<View> results(@Nullable QualifiedName only) {
    return pack.views().values().stream()
        .filter(View::isMaterialized)
        .filter(view -> only == null || only.equals(view.name()))
        .sorted(Comparator.comparing(View::name))
        .toList();
  }

  private DuckDbInstance openEngine() {
    return DuckDbInstance.open(settings.engine(), List.of());
  }

  private Path stagingFolder() {
    return settings.vaultFolder().resolve("maintenance");
  }

  private Instant now() {
    return settings.clock().instant();
  }
}
