package io.sightglass.engine.ingest.erasure;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.BackgroundThread;
import io.sightglass.engine.ingest.LoadService;
import io.sightglass.engine.ingest.LoadSettings;
import io.sightglass.engine.ingest.LoadStores;
import io.sightglass.engine.ingest.StagingFolder;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.ingest.erasure.ErasedPersons.Remembered;
import io.sightglass.engine.ingest.maintenance.MaintenanceService;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.views.ViewPack;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Removes persons from everything that is kept, and keeps them from coming back. Thread-safe; one
 * per process.
 *
 * <p>The person is remembered first, between two loads of this process: whatever is loaded from
 * then on is loaded without them. Then their rows go from the newest state of every dataset that
 * knows the person, all earlier states are forgotten, rejected rows and the results of views are
 * made anew, and files are removed that nobody reads any longer. Each step may be interrupted: the
 * next start goes on where it was.
 */
public final class ErasureService implements AutoCloseable {

  /** After which files are looked at again that statements were reading. */
  private static final Duration AGAIN = Duration.ofMinutes(1);

  private final LoadStores stores;
  private final LoadSettings settings;
  private final Supplier<ViewPack> pack;
  private final LoadService loads;
  private final AfterRemoval after;
  private final PseudonymKeys keys;
  private final ErasedPersons persons;
  private final ErasureRows rows;
  private final ReentrantLock erasing = new ReentrantLock(true);
  private final BackgroundThread thread = new BackgroundThread("erasures", AGAIN, this::look);

  /** What the deployment does once the rows have gone. */
  public interface AfterRemoval {

    /**
     * Makes the results of views anew that stand on these datasets.
     *
     * @return the views
     * @throws EngineException when one could not be made; the erasure goes on later
     */
    List<QualifiedName> refresh(Set<QualifiedName> datasets);

    /** When the oldest statement began that has not ended; empty when there is none. */
    Optional<Instant> oldestStatement();

    /** Maintenance by the contracts that count now. */
    MaintenanceService maintenance();
  }

  /**
   * A service that does nothing by itself.
   *
   * @param settings of the engine that rewrites, which is of the loads' kind
   */
  public ErasureService(
      LoadStores stores,
      LoadSettings settings,
      Supplier<ViewPack> pack,
      LoadService loads,
      AfterRemoval after) {
    this.stores = stores;
    this.settings = settings;
    this.pack = pack;
    this.loads = loads;
    this.after = after;
    this.keys = PseudonymKeys.open(settings.pseudonymSecret());
    this.persons = new ErasedPersons(stores.database(), keys);
    this.rows = new ErasureRows(stores.database());
  }

  /**
   * Erases a person; returns when no statement finds them any longer.
   *
   * @param key the person's value by column: one column of the dataset with a pseudonym, or, where
   *     it has none, the columns of its key; under the empty name where only one is possible
   * @param by who asks
   * @throws EngineException {@code NOT_FOUND} for a dataset without a contract; {@code
   *     INVALID_REQUEST} for another key; {@code STORE_UNAVAILABLE} when it was interrupted: the
   *     person is remembered then, and the next start goes on
   */
  public Erasure erase(QualifiedName dataset, Map<String, String> key, String by) {
    Dataset contract = pack.get().datasets().get(dataset);
    if (contract == null) {
      throw new EngineException(
          ErrorCode.NOT_FOUND,
          "Dataset: \"%s\"; there is no contract of that name".formatted(dataset));
    }
    DuckDbInstance engine = DuckDbInstance.open(settings.engine(), List.of());
    Remembered person;
    try (DuckDbSession session = engine.openSession()) {
      person = new PersonKey(contract, keys).person(session, key);
    } finally {
      engine.retire();
    }
    return register(dataset, List.of(person), by);
  }

  private Erasure register(QualifiedName dataset, List<Remembered> who, String by) {
    Erasure erasure =
        new Erasure(
            UUID.randomUUID().toString(),
            dataset.toString(),
            Erasure.State.REGISTERED,
            by,
            settings.clock().instant().toString(),
            null,
            who,
            List.of(),
            List.of(),
            List.of(),
            0);
    // No load that has read the list before may commit after the removal.
    loads.between(() -> {
      ErasedPersons.add(stores.database(), erasure.id(), who);
      rows.put(erasure);
      return erasure;
    });
    return advance(erasure);
  }

  /** Brings erasures to their end on a thread of its own, now and until it is closed. */
  public void start() {
    thread.start();
  }

  private Duration look(boolean byClock) {
    var _ = resume();
    return AGAIN;
  }

  /** Stops after the step that runs; the next start goes on. */
  @Override
  public void close() {
    thread.close();
  }

  /** The erasure of that id, and how far it has come. */
  public Optional<Erasure> find(String id) {
    return rows.find(id);
  }

  /**
   * Goes on with erasures that have not come to their end.
   *
   * @return those, as they are now
   */
  public List<Erasure> resume() {
    return rows.open().stream().map(this::advance).toList();
  }

  private Erasure advance(Erasure erasure) {
    erasing.lock();
    try {
      Erasure removed =
          erasure.state() == Erasure.State.REGISTERED ? put(remove(erasure)) : erasure;
      return removed.state() == Erasure.State.REMOVED ? put(removeFiles(removed)) : removed;
    } finally {
      erasing.unlock();
    }
  }

  private Erasure put(Erasure erasure) {
    rows.put(erasure);
    return erasure;
  }

  private Erasure remove(Erasure erasure) {
    Set<String> scopes =
        erasure.remembered().stream().map(Remembered::scope).collect(Collectors.toSet());
    List<Dataset> concerned =
        pack.get().datasets().values().stream()
            .filter(one ->
                PersonColumn.of(one).stream().anyMatch(column -> scopes.contains(column.scope())))
            .sorted(Comparator.comparing(Dataset::name))
            .toList();
    List<Erasure.ErasedTable> tables = new ArrayList<>();
    Set<String> brought = new TreeSet<>();
    DuckDbInstance engine = DuckDbInstance.open(settings.engine(), List.of());
    try {
      for (Dataset dataset : concerned) {
        tables.add(remove(dataset, engine, brought));
      }
    } finally {
      engine.retire();
    }
    Set<QualifiedName> names = concerned.stream().map(Dataset::name).collect(Collectors.toSet());
    List<QualifiedName> results = after.refresh(names);
    MaintenanceService maintenance = after.maintenance();
    concerned.forEach(dataset -> maintenance.forget(stores.lake().ensure(dataset)));
    results.forEach(view -> maintenance.forgetResult(view));
    // Another process may have read who is erased before this one was: look again then.
    boolean isSettled = !loads.isRunningSince(Instant.parse(erasure.requestedAt()));
    return new Erasure(
        erasure.id(),
        erasure.dataset(),
        isSettled ? Erasure.State.REMOVED : Erasure.State.REGISTERED,
        erasure.requestedBy(),
        erasure.requestedAt(),
        null,
        erasure.remembered(),
        sum(erasure.tables(), tables),
        results.stream().map(QualifiedName::toString).sorted().toList(),
        landing(brought, erasure.landing()),
        0);
  }

  /** What this and earlier passes removed. */
  private static List<Erasure.ErasedTable> sum(
      List<Erasure.ErasedTable> before, List<Erasure.ErasedTable> now) {
    List<Erasure.ErasedTable> sums = new ArrayList<>();
    for (Erasure.ErasedTable table : now) {
      Erasure.ErasedTable earlier =
          before.stream()
              .filter(one -> one.dataset().equals(table.dataset()))
              .findFirst()
              .orElse(new Erasure.ErasedTable(table.dataset(), 0, 0, 0));
      sums.add(
          new Erasure.ErasedTable(
              table.dataset(),
              earlier.rows() + table.rows(),
              earlier.vaultRows() + table.vaultRows(),
              earlier.rejects() + table.rejects()));
    }
    return sums;
  }

  private Erasure.ErasedTable remove(Dataset dataset, DuckDbInstance engine, Set<String> brought) {
    LakeTable table = stores.lake().ensure(dataset);
    try (StagingFolder folder =
            StagingFolder.create(settings.vaultFolder().resolve("maintenance"), "erase");
        DuckDbSession session = engine.openSession()) {
      PersonRemoval.Removed removed =
          new PersonRemoval(stores, table, persons, session, folder).run();
      brought.addAll(removed.loads());
      return new Erasure.ErasedTable(
          dataset.name().toString(),
          removed.ordinary(),
          removed.vault(),
          removeRejects(dataset, session, folder));
    }
  }

  private long removeRejects(Dataset dataset, DuckDbSession session, StagingFolder folder) {
    String prefix = dataset.name().schema() + "/" + dataset.name().name() + "/";
    List<String> files;
    try (Stream<StoredObject> objects = stores.rejects().list(prefix)) {
      files = objects.map(StoredObject::key).toList();
    }
    long removed = 0;
    for (String key : files) {
      Path copies = folder.fresh("rejects");
      Path from = copies.resolve("before.parquet");
      Path to = copies.resolve("after.parquet");
      try (InputStream in = stores.rejects().read(key, 0)) {
        Files.copy(in, from);
      } catch (IOException e) {
        throw new EngineException(
            ErrorCode.STORE_UNAVAILABLE, "Rejected rows cannot be fetched", e);
      }
      long gone = PersonRemoval.removeRejects(session, persons, dataset, from, to);
      if (gone > 0 && Files.exists(to)) {
        stores.rejects().put(key, to);
      } else if (gone > 0) {
        stores.rejects().delete(key);
      }
      removed += gone;
    }
    return removed;
  }

  private List<Erasure.LandingObject> landing(
      Set<String> loadIds, List<Erasure.LandingObject> before) {
    Set<Erasure.LandingObject> objects = new HashSet<>(before);
    loads
        .deliveriesLike(loadIds)
        .forEach(source ->
            objects.add(new Erasure.LandingObject(source.name(), source.etag(), source.sha256())));
    return objects.stream()
        .sorted(
            Comparator.comparing(Erasure.LandingObject::name)
                .thenComparing(Erasure.LandingObject::etag))
        .toList();
  }

  private Erasure removeFiles(Erasure erasure) {
    Optional<Instant> oldest = after.oldestStatement();
    int waiting = 0;
    MaintenanceService maintenance = after.maintenance();
    for (Side side : Side.values()) {
      waiting +=
          maintenance.removeExpired(
              side, expiry -> oldest.isEmpty() || expiry.isBefore(oldest.get()));
    }
    boolean done = waiting == 0;
    return new Erasure(
        erasure.id(),
        erasure.dataset(),
        done ? Erasure.State.DONE : Erasure.State.REMOVED,
        erasure.requestedBy(),
        erasure.requestedAt(),
        done ? settings.clock().instant().toString() : null,
        erasure.remembered(),
        erasure.tables(),
        erasure.results(),
        erasure.landing(),
        waiting);
  }
}
