package io.sightglass.engine.ingest.refresh;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSettings;
import io.sightglass.engine.duckdb.InstanceContents;
import io.sightglass.engine.ingest.run.BackgroundThread;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.query.TableFiles.PinnedTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.views.View;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the results of materialised views up to date. Thread-safe; one per process.
 *
 * <p>Whether a result is due is read off its last commit, which names the definition and the
 * snapshots that it was made of: so nothing is forgotten over a crash, and loads that come while a
 * refresh runs share the next one. One runs at a time. A failure is an alert, leaves the last good
 * result, and is tried again when an input changes, else after five minutes.
 */
public final class RefreshService implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RefreshService.class);

  private static final Duration RETRY_AFTER = Duration.ofMinutes(5);

  /** How often the clock is looked at, for those by time of day. */
  private static final Duration LOOK_EVERY = Duration.ofSeconds(30);

  /** An interrupt may fall between two of the engine's steps and be lost. */
  private static final Duration STOP_AGAIN = Duration.ofMillis(5);

  /** A refresh that failed, and of what. */
  private record Failure(RefreshState state, Instant at) {}

  private final Supplier<RefreshTables> tables;
  private final DuckDbSettings settings;
  private final Path stagingFolder;
  private final AlertService alerts;
  private final Leases leases;
  private final InstantSource clock;
  private final BackgroundThread thread = new BackgroundThread("refreshes", LOOK_EVERY, this::look);
  private final ReentrantLock running = new ReentrantLock(true);
  private final Map<QualifiedName, Failure> failures = new HashMap<>();
  private volatile @Nullable Refresh refreshing;
  private volatile boolean closing;

  /**
   * A service that does nothing by itself until {@link #start}.
   *
   * @param tables the version that counts now
   * @param settings of the instance that computes; it may open the ordinary tables and {@code
   *     stagingFolder}
   * @param stagingFolder for files before they are stored, on the vault's side
   * @param leases so that of several processes one makes a result
   */
  public RefreshService(
      Supplier<RefreshTables> tables,
      DuckDbSettings settings,
      Path stagingFolder,
      AlertService alerts,
      Leases leases,
      InstantSource clock) {
    this.tables = tables;
    this.settings = settings;
    this.stagingFolder = stagingFolder;
    this.alerts = alerts;
    this.leases = leases;
    this.clock = clock;
  }

  /** Refreshes what is due on a thread of its own, now and until it is closed. */
  public void start() {
    StagingFolder.removeLeftovers(stagingFolder);
    thread.start();
  }

  /** Says that an input may have changed; never blocks. */
  public void wake() {
    thread.wake();
  }

  private Duration look(boolean byClock) {
    runDue();
    return LOOK_EVERY;
  }

  /**
   * Makes every result that is due, on the calling thread, until none is.
   *
   * @return how many were made
   */
  public int runDue() {
    running.lock();
    try (Engine engine = new Engine()) {
      int made = 0;
      boolean again = true;
      while (again && !closing) {
        again = false;
        RefreshTables current = tables.get();
        for (View view : current.views()) {
          if (!closing && refresh(current, view, engine, false)) {
            made++;
            again = true;
          }
        }
      }
      return made;
    } finally {
      running.unlock();
    }
  }

  /**
   * Makes every result anew that stands on some datasets, due or not, on the calling thread.
   *
   * @param failed is told of each that could not be made; an alert says why
   * @return the others
   */
  public List<QualifiedName> runOver(Set<QualifiedName> datasets, Consumer<QualifiedName> failed) {
    running.lock();
    try (Engine engine = new Engine()) {
      RefreshTables current = tables.get();
      List<QualifiedName> made = new ArrayList<>();
      for (View view : current.views()) {
        if (!Collections.disjoint(view.datasets(), datasets)) {
          failures.remove(view.name());
          if (current.resultOf(view).findCurrent().isEmpty()) {
            continue; // there has never been one
          }
          if (refresh(current, view, engine, true)) {
            made.add(view.name());
          } else {
            failed.accept(view.name());
          }
        }
      }
      return made;
    } finally {
      running.unlock();
    }
  }

  /** Whether a result was made. */
  private boolean refresh(RefreshTables current, View view, Engine engine, boolean asked) {
    Map<QualifiedName, PinnedTable> inputs = current.pin(view);
    Optional<PairSnapshot> before = current.resultOf(view).findCurrent();
    RefreshState state = RefreshState.of(current, view, inputs);
    Instant now = clock.instant();
    View.Materialization materialize = Objects.requireNonNull(view.header().materialize());
    boolean isDue = asked || RefreshRhythm.isDue(materialize, before, state, now);
    if (!isDue || hasJustFailed(view, state, now)) {
      return false;
    }
    Optional<Leases.Lease> lease = leases.tryTake("refresh " + view.name());
    if (lease.isEmpty()) {
      LOG.debug("View {} is being refreshed by another process", view.name());
      return false;
    }
    try (Leases.Lease _ = lease.get();
        StagingFolder folder = StagingFolder.create(stagingFolder, "refresh")) {
      Refresh refresh = new Refresh(current, view, inputs, state, before.orElse(null));
      refreshing = refresh;
      PairSnapshot made = refresh.run(engine.of(current), folder, now);
      LOG.info(
          "View {} is refreshed in {} ms: {} rows, snapshot {}",
          view.name(),
          Duration.between(now, clock.instant()).toMillis(),
          made.rowCount(),
          made.id());
      failures.remove(view.name());
      alerts.clear(fingerprint(view));
      return true;
    } catch (EngineException failure) {
      if (failure.code() == ErrorCode.CONFLICT) {
        LOG.info("View {} was refreshed by another process", view.name());
        return false;
      }
      failed(view, state, failure.code() + ": " + failure.detail(), failure);
    } catch (RuntimeException failure) {
      failed(view, state, "INTERNAL: A fault of the service; see its log", failure);
    }
    return false;
  }

  private boolean hasJustFailed(View view, RefreshState state, Instant now) {
    Failure failure = failures.get(view.name());
    return failure != null
        && failure.state().equals(state)
        && now.isBefore(failure.at().plus(RETRY_AFTER));
  }

  private void failed(View view, RefreshState state, String reason, RuntimeException failure) {
    if (closing) {
      LOG.info("The refresh of {} was given up, as the service stops: {}", view.name(), reason);
      return;
    }
    LOG.error("View {} was not refreshed; its last good result stays", view.name(), failure);
    failures.put(view.name(), new Failure(state, clock.instant()));
    alerts.raise(
        new AlertService.Happening(
            fingerprint(view),
            Alert.Severity.HIGH,
            "A refresh of %s failed; its last good result stays".formatted(view.name()),
            reason,
            view.name(),
            null));
  }

  private static String fingerprint(View view) {
    return AlertService.fingerprint("refresh-failed", view.name());
  }

  /** Stops; a result that is being computed is given up, and is due when the service starts. */
  @Override
  public void close() {
    closing = true;
    try {
      while (!running.tryLock(STOP_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
        Refresh refresh = refreshing;
        if (refresh != null) {
          refresh.stop();
        }
      }
      running.unlock();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
    thread.close();
  }

  /** The instance of one round, opened at first need and gone with the round, for its memory. */
  private final class Engine implements AutoCloseable {

    private @Nullable DuckDbInstance instance;
    private @Nullable String version;

    DuckDbInstance of(RefreshTables current) {
      DuckDbInstance open = instance;
      if (open == null || !open.isUsable() || !current.pack().version().equals(version)) {
        close();
        open =
            DuckDbInstance.open(
                settings,
                new InstanceContents(
                    current.pack(), current.shapes(), false, InstanceContents.Rows.FILES));
        instance = open;
        version = current.pack().version();
      }
      return open;
    }

    @Override
    public void close() {
      if (instance != null) {
        instance.retire();
        instance = null;
      }
    }
  }
}
