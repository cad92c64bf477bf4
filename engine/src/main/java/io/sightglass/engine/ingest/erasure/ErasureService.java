package io.sightglass.engine.ingest.erasure;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.database.WrittenTexts;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.LoadService;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.ingest.maintenance.MaintenanceService;
import io.sightglass.engine.ingest.persons.ErasedPersons;
import io.sightglass.engine.ingest.persons.ErasedPersons.Remembered;
import io.sightglass.engine.ingest.persons.PersonKey;
import io.sightglass.engine.ingest.run.BackgroundThread;
import io.sightglass.engine.ingest.stores.KnownBackups;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.views.ViewPack;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  private static final Logger LOG = LoggerFactory.getLogger(ErasureService.class);

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
  private final ErasureSteps steps;

  /** The version of the views folder that erasures were last looked at for. */
  private String looked = "";

  /** Statements are not kept waiting for longer: a large table may take hours. */
  private static final Duration LONGEST_UNREADY = Duration.ofMinutes(1);

  private volatile Instant readyAt = Instant.MAX;

  private final BackgroundThread thread = new BackgroundThread("erasures", AGAIN, this::look);

  /** What the deployment does once the rows have gone. */
  public interface AfterRemoval {

    /**
     * Makes the results of views anew that stand on these datasets.
     *
     * @param failed is told of each that could not be made; the erasure goes on later
     * @return the others
     */
    List<QualifiedName> refresh(Set<QualifiedName> datasets, Consumer<QualifiedName> failed);

    /** When the oldest statement began that has not ended; empty when there is none. */
    Optional<Instant> oldestStatement();

    /** Whether landing objects that brought the person go too. */
    boolean removesLanding();

    /**
     * Notes an erasure beside a backup that holds the person.
     *
     * @return false where that backup is no more
     * @throws EngineException when its place cannot be reached
     */
    boolean noteBeside(KnownBackups.Made backup, Erasure erasure);

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
    this.keys = stores.pseudonymKeys(settings);
    this.persons = new ErasedPersons(stores.database(), keys);
    this.rows = new ErasureRows(stores.database());
    this.steps = new ErasureSteps(stores, settings, pack, loads, persons, after);
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
    return register(dataset, person, key.values(), by);
  }

  /** Tells one request from another and not whom it names. */
  public String digest(String request) {
    return keys.digest(" request", request); // no contract's domain has a space
  }

  private Erasure register(
      QualifiedName dataset, Remembered person, Collection<String> values, String by) {
    List<Remembered> who = List.of(person);
    Erasure erasure =
        Erasure.registered(
            UUID.randomUUID().toString(), dataset.toString(), by, settings.clock().instant(), who);
    // Nobody else knows of it yet: whoever looks for open erasures finds this one taken.
    try (Leases.Lease lease = steps.tryTake(erasure.id()).orElseThrow(ErasureSteps::isTaken)) {
      // No load that has read the list before may commit after the removal.
      loads.between(() -> {
        stores
            .database()
            .inTransaction(transaction -> {
              ErasedPersons.add(transaction, erasure.id(), who);
              return ErasureRows.put(transaction, erasure);
            });
      });
      try {
        new WrittenTexts(stores.database()).erase(values);
        return steps.advance(erasure.id(), lease);
      } catch (EngineException failure) {
        throw new EngineException(
            ErrorCode.STORE_UNAVAILABLE,
            "Erasure %s is registered and was interrupted; it goes on by itself, do not ask for another one: %s"
                .formatted(erasure.id(), failure.detail()),
            failure);
      }
    }
  }

  /** Brings erasures to their end on a thread of its own, now and until it is closed. */
  public void start() {
    readyAt =
        rows.open().isEmpty() ? Instant.MIN : settings.clock().instant().plus(LONGEST_UNREADY);
    thread.start();
  }

  /**
   * Whether the erasures that were open at the start have been gone through, for a minute at most;
   * before, as after the restore of an older backup, statements may find who was erased.
   */
  public boolean isReady() {
    return !settings.clock().instant().isBefore(readyAt);
  }

  /** Looks at once whether other contracts concern persons who were erased. */
  public void wake() {
    thread.wake();
  }

  private Duration look(boolean byClock) {
    try {
      look();
    } finally {
      readyAt = Instant.MIN; // what could not be done now may take days
    }
    return AGAIN;
  }

  private void look() {
    ViewPack now = pack.get();
    if (!now.version().equals(looked)) {
      persons.noteColumns(now.datasets().values());
      try {
        reopen(now);
        looked = now.version();
      } catch (EngineException failure) {
        // Those that are open go on meanwhile.
        LOG.warn("Erasures are looked at again in a minute", failure);
      }
    }
    var _ = resume();
  }

  /**
   * Lets erasures go on that could not search what was not in the views folder then, and is there
   * again: a dataset, or the result of a view.
   */
  public void reopen(ViewPack now) {
    for (Erasure ended : rows.all()) {
      if (ended.state() == Erasure.State.DONE && isBehind(ended, now)) {
        steps
            .tryTake(ended.id())
            .ifPresent(taken -> {
              try (Leases.Lease lease = taken) {
                Erasure erasure = rows.require(ended.id());
                if (erasure.state() == Erasure.State.DONE && isBehind(erasure, now)) {
                  LOG.warn("Erasure {} goes on: what it concerns has come back", erasure.id());
                  var _ = steps.put(erasure.reopened(), lease);
                }
              }
            });
      }
    }
  }

  private boolean isBehind(Erasure erasure, ViewPack now) {
    Set<QualifiedName> searched = erasure.searched();
    Set<String> remade = Set.copyOf(erasure.results());
    Instant requested = Instant.parse(erasure.requestedAt());
    MaintenanceService maintenance = after.maintenance();
    return ErasedPersons.concerned(erasure.remembered(), now, persons::columns).stream()
        .map(Dataset::name)
        .anyMatch(dataset ->
            (!searched.contains(dataset) && loads.hasBefore(dataset, requested))
                || maintenance.hasResultBefore(dataset, remade, requested));
  }

  /** Stops after the step that runs; the next start goes on. */
  @Override
  public void close() {
    thread.close();
  }

  /** The erasure of that id, and how far it has come. */
  public Optional<Erasure> find(String id) {
    return rows.find(id).map(steps::withBackups);
  }

  /**
   * Goes on with erasures that have not come to their end, but for those that somebody runs.
   *
   * @return those, as they are now
   * @throws EngineException when one could not; the others did
   */
  public List<Erasure> resume() {
    List<Erasure> gone = new ArrayList<>();
    EngineException first = null;
    for (Erasure open : rows.open()) {
      try {
        gone.add(resume(open.id()));
      } catch (EngineException failure) {
        if (first == null) {
          first = failure; // the others go on
        } else {
          first.addSuppressed(failure);
        }
      }
    }
    if (first != null) {
      throw first;
    }
    return gone;
  }

  private Erasure resume(String id) {
    Optional<Leases.Lease> taken = steps.tryTake(id);
    if (taken.isEmpty()) {
      return steps.withBackups(rows.require(id));
    }
    try (Leases.Lease lease = taken.get()) {
      return steps.advance(id, lease);
    }
  }
}
