package io.sightglass.engine.ingest.run;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.ingest.check.RowSplit;
import io.sightglass.engine.ingest.expect.ControlCheck;
import io.sightglass.engine.ingest.expect.RowExpectations;
import io.sightglass.engine.ingest.formats.SourceColumns;
import io.sightglass.engine.ingest.landing.LoadSource;
import io.sightglass.engine.ingest.landing.SourceIdentity;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadAlerts;
import io.sightglass.engine.ingest.ledger.LoadOutcome;
import io.sightglass.engine.ingest.merge.CommittedLoads;
import io.sightglass.engine.ingest.merge.Delivery;
import io.sightglass.engine.ingest.merge.ExistingKeys;
import io.sightglass.engine.ingest.merge.RowRetention;
import io.sightglass.engine.ingest.merge.RowsRewriter;
import io.sightglass.engine.ingest.merge.Upsert;
import io.sightglass.engine.ingest.persons.ErasedPersons;
import io.sightglass.engine.ingest.staging.StagedSource;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.ingest.stores.RejectStore;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.LoadCommit;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Replacement;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
import io.sightglass.engine.table.WrittenFile;
import io.sightglass.engine.views.ViewPack;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at one load, from the object to the commit. Used once, by one thread.
 *
 * <p>Nothing of it is visible before the commit, which is the one moment at which the file is
 * loaded; whatever happens before or after it, another attempt finds out which it was.
 */
public final class LoadRun {

  /** The code of a load whose object is another by now. */
  public static final String REPLACED = "REPLACED";

  /** Another load of the slot came between: decided anew this often. */
  static final int MAX_CONFLICTS = 5;

  private final LoadStores stores;
  private final LoadEngine engine;
  private final Ledger ledger;
  private final PseudonymKeys keys;
  private final LoadStep.Listener listener;
  private final Attempt attempt;

  /** Ten minutes after the first: no process is told so late of another contract. */
  private static final int CERTAIN_ATTEMPT = 4;

  /** What one attempt is about. */
  record Attempt(
      ViewPack pack,
      Dataset dataset,
      LedgerEntry entry,
      ReadAhead ahead,
      StagingFolder folder,
      LoadAlerts alerts,
      Leases.Lease lease,
      Instant now) {}

  LoadRun(
      LoadStores stores,
      LoadEngine engine,
      Ledger ledger,
      PseudonymKeys keys,
      LoadStep.Listener listener,
      Attempt attempt) {
    this.stores = stores;
    this.engine = engine;
    this.ledger = ledger;
    this.keys = keys;
    this.listener = listener;
    this.attempt = attempt;
  }

  /**
   * The tables of a dataset. Where they follow another contract, a later one is waited for, and in
   * the end this one counts.
   *
   * @throws EngineException {@code STORE_UNAVAILABLE} when it is waited for
   */
  static LakeTable table(LoadStores stores, Dataset dataset, List<LedgerEntry> entries) {
    boolean isCertain =
        entries.stream().anyMatch(entry -> entry.load().attempts().size() >= CERTAIN_ATTEMPT);
    return isCertain ? stores.lake().ensure(dataset) : stores.lake().follow(dataset);
  }

  /** How it ended; a failure of the machinery is thrown. */
  LoadOutcome run() {
    listener.reached(id(), LoadStep.BEGUN);
    LakeTable table = table(stores, attempt.dataset(), List.of(attempt.entry()));
    Optional<LoadOutcome> committed = CommittedLoads.find(table, id());
    if (committed.isPresent()) {
      return committed.get();
    }
    Optional<Delivery.Repeated> older =
        Delivery.findOlder(attempt.dataset(), attempt.entry(), ledger);
    if (older.isPresent()) {
      return skipped(older.get());
    }
    try {
      return load(table);
    } catch (BrokenFileException broken) {
      return brokenOrReplaced(stores, object(), broken);
    }
  }

  /** A file that was still being written is not at fault: what it became is loaded. */
  static LoadOutcome brokenOrReplaced(
      LoadStores stores, LoadSource object, BrokenFileException broken) {
    return isStillTheObject(stores, object)
        ? LoadOutcome.quarantined(broken.fault().name(), broken.reason(), null)
        : replaced();
  }

  private LoadOutcome load(LakeTable table) {
    try (SourceRows source = source()) {
      return load(table, source);
    }
  }

  private SourceRows source() {
    return attempt
        .ahead()
        .take(attempt.pack(), id())
        .orElseGet(() ->
            SourceRows.stage(
                stores,
                attempt.pack(),
                attempt.dataset(),
                attempt.entry(),
                attempt.folder().path()));
  }

  private LoadOutcome load(LakeTable table, SourceRows source) {
    Dataset dataset = attempt.dataset();
    StagedSource staged = source.staged();
    if (!isStillTheObject(stores, object())) {
      return replaced();
    }
    ledger.identify(id(), staged.sha256(), staged.contentSha256(), identity(staged));
    attempt.alerts().drifted(attempt.entry().load(), staged.columns());
    listener.reached(id(), LoadStep.STAGED);
    Delivery delivery = Delivery.of(dataset, attempt.entry(), identity(staged), ledger, table);
    if (delivery instanceof Delivery.Repeated repeated) {
      return skipped(repeated);
    }
    LoadTable rows = source.read(engine);
    new ErasedPersons(stores.database(), keys).dropFrom(rows, dataset);
    keepRejects(stores, ledger, dataset, attempt.entry(), rows, attempt.folder().fresh("rejects"));
    Optional<LoadOutcome> unexpected =
        new ControlCheck(stores.landing(), dataset)
            .findDifference(
                attempt.entry(), rows.read(), List.of(staged.sha256(), staged.contentSha256()))
            .or(() -> new RowExpectations(ledger, dataset, attempt.entry()).findBroken(rows));
    return unexpected.isPresent() ? unexpected.get() : write(table, rows, staged);
  }

  private LoadOutcome write(LakeTable table, LoadTable rows, StagedSource staged) {
    rows.dropDuplicates();
    listener.reached(id(), LoadStep.CHECKED);
    for (int conflicts = 0; ; conflicts++) {
      Delivery delivery =
          Delivery.of(attempt.dataset(), attempt.entry(), identity(staged), ledger, table);
      switch (delivery) {
        case Delivery.Repeated repeated -> {
          return skipped(repeated);
        }
        case Delivery.New taken -> {
          try {
            return commit(table, rows, staged, taken);
          } catch (EngineException failure) {
            if (failure.code() != ErrorCode.CONFLICT || conflicts == MAX_CONFLICTS) {
              throw failure;
            }
          }
        }
      }
    }
  }

  private LoadOutcome commit(
      LakeTable table, LoadTable rows, StagedSource staged, Delivery.New delivery) {
    Replacement replaces = meetStored(table, rows, delivery);
    Load load = attempt.entry().load();
    RowRetention.of(attempt.dataset(), attempt.now())
        .ifPresent(kept -> kept.dropFrom(rows, load.fileDate()));
    RowSplit split = new RowSplit(rows, table, keys, id(), load.fileDate());
    Map<Side, List<WrittenFile>> files = new LinkedHashMap<>();
    for (Side side : table.hasVault() ? Side.values() : new Side[] {Side.ORDINARY}) {
      Path folder = attempt.folder().fresh(side.name());
      List<WrittenFile> written = new ArrayList<>();
      List<StagedFile> staging = split.write(side, folder);
      listener.reached(id(), LoadStep.SPLIT);
      staging.forEach(file -> written.add(table.upload(side, file)));
      files.put(side, written);
    }
    listener.reached(id(), LoadStep.UPLOADED);
    requireHeld(attempt.lease(), id());
    Load.RowCounts counts = counts(rows);
    PairSnapshot snapshot =
        table.commit(
            new LoadCommit(
                id(),
                identity(staged),
                load.fileDate(),
                slot(replaces, identity(staged)),
                delivery.baseId(),
                named(counts),
                replaces,
                files.getOrDefault(Side.ORDINARY, List.of()),
                files.getOrDefault(Side.VAULT, List.of())),
            new RowsRewriter(stores, rows, attempt.folder()));
    listener.reached(id(), LoadStep.COMMITTED);
    return LoadOutcome.committed(counts, snapshot.id(), driftNote(staged));
  }

  /** Drops what need not be written, given what the table holds; what goes out of the table. */
  private Replacement meetStored(LakeTable table, LoadTable rows, Delivery.New delivery) {
    if (attempt.dataset().load() == LoadMode.UPSERT) {
      return new Upsert(stores, ledger, table, attempt.entry()).merge(rows, delivery);
    }
    new ExistingKeys(stores, table, delivery).dropFrom(rows);
    return delivery.replaces();
  }

  /** Rows that are only added, without a key, compete with those of the same content alone. */
  private String slot(Replacement replaces, String identity) {
    boolean competes =
        !attempt.dataset().key().isEmpty() || !(replaces instanceof Replacement.Nothing);
    return competes ? attempt.entry().slot() : "content " + identity;
  }

  /**
   * Asked after it was decided what to replace: whoever takes over later commits later, which the
   * commit notices.
   */
  static void requireHeld(Leases.Lease lease, String loadId) {
    if (!lease.isHeld()) {
      throw new LostLeaseException(loadId);
    }
  }

  static Load.RowCounts counts(LoadTable rows) {
    return new Load.RowCounts(
        rows.read(), rows.written(), rows.rejected(), rows.duplicates(), rows.filtered());
  }

  /** As a snapshot's summary names them. */
  static Map<String, Long> named(Load.RowCounts counts) {
    return Map.of(
        "read", counts.read(),
        "written", counts.written(),
        "rejected", counts.rejected(),
        "duplicate", counts.duplicate(),
        "filtered", counts.filtered());
  }

  static @Nullable String driftNote(StagedSource staged) {
    SourceColumns columns = staged.columns();
    List<String> notes = new ArrayList<>();
    if (!columns.unknown().isEmpty()) {
      notes.add(LoadAlerts.LEFT_OUT + String.join(", ", columns.unknown()));
    }
    if (!columns.missing().isEmpty()) {
      notes.add(LoadAlerts.MISSING + String.join(", ", columns.missing()));
    }
    return notes.isEmpty() ? null : String.join(". ", notes);
  }

  /**
   * Keeps the rejects on the vault's side, and none of an earlier attempt's; {@code folder} is
   * empty.
   */
  static void keepRejects(
      LoadStores stores,
      Ledger ledger,
      Dataset dataset,
      LedgerEntry entry,
      LoadTable rows,
      Path folder) {
    String key = RejectStore.key(dataset.name(), entry.id());
    if (rows.rejected() > 0) {
      Path file = folder.resolve("rejects.parquet");
      rows.writeRejects(file);
      stores.rejects().put(key, file);
    } else if (ledger.attempts(entry.id()) > 1) {
      stores.rejects().delete(key);
    }
  }

  static boolean isStillTheObject(LoadStores stores, LoadSource object) {
    return stores
        .landing()
        .find(object.name())
        .map(ObjectStore.StoredObject::etag)
        .filter(object.etag()::equals)
        .isPresent();
  }

  static LoadOutcome replaced() {
    return LoadOutcome.skipped(
        REPLACED,
        "The object was replaced or removed before it was read; what takes its place is loaded",
        null);
  }

  private String identity(StagedSource staged) {
    return SourceIdentity.of(
        attempt.dataset(), staged.format(), object().name(), staged.contentSha256());
  }

  private static LoadOutcome skipped(Delivery.Repeated repeated) {
    return LoadOutcome.skipped(repeated.code(), repeated.reason(), repeated.sameAs());
  }

  private LoadSource object() {
    return attempt.entry().load().source();
  }

  private String id() {
    return attempt.entry().id();
  }
}
