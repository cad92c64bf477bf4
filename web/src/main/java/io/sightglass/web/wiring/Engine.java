package io.sightglass.web.wiring;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.alert.notification.NotificationSender;
import io.sightglass.engine.database.FirstAnswers;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.duckdb.DuckDbSettings;
import io.sightglass.engine.duckdb.RawTable;
import io.sightglass.engine.duckdb.ShadowCatalog;
import io.sightglass.engine.duckdb.Watchdog;
import io.sightglass.engine.ingest.LoadService;
import io.sightglass.engine.ingest.erasure.ErasureService;
import io.sightglass.engine.ingest.refresh.RefreshService;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.query.ActivePack;
import io.sightglass.engine.query.Admission;
import io.sightglass.engine.query.Catalogue;
import io.sightglass.engine.query.LakeFiles;
import io.sightglass.engine.query.StatementLog;
import io.sightglass.engine.query.StatementPlanner;
import io.sightglass.engine.query.StatementService;
import io.sightglass.engine.sql.FunctionList;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.sql.lineage.LineageReader;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.table.Lake;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.views.PackFolder;
import io.sightglass.engine.views.PolicyCompiler;
import io.sightglass.engine.views.StoredShape;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.ViewPack;
import io.sightglass.engine.views.ViewPackReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole engine of one deployment, wired by hand on this page. Closing it ends what runs and
 * lets go of everything, in the reverse order.
 */
public final class Engine implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  private static final Duration CLIENT_PATIENCE = Duration.ofSeconds(60);
  private static final Duration CANCEL_PATIENCE = Duration.ofSeconds(10);
  private static final Duration REQUEST_PATIENCE = Duration.ofSeconds(10);
  static final Duration LONGEST_STATEMENT = Duration.ofHours(6);
  private static final int STATEMENTS_AT_ONCE = 32;
  private static final int STATEMENTS_WAITING = 1000;
  static final long LOAD_MEMORY_BYTES = 768_000_000L;

  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private final Settings settings;
  private final DataLayout layout;
  private final InstantSource clock;
  private final MetadataDatabase database;
  private final Leases leases;
  private final Stores stores;
  private final Lake lake;
  private final Map<Side, FileCache> caches;
  private final Guard guard;
  private final PolicyCompiler policies;
  private final AlertService alerts;
  private final Packs packs;
  private final Admission admission;
  private final StatementLog log;
  private final LoadService loads;
  private final Catalogue catalogue;
  private final StatementService statements;
  private final RefreshService refreshes;
  private final NotificationSender notifications;
  private final ErasureService erasures;

  private Engine(Settings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
    try {
      layout = DataLayout.make(settings);
      database = opened(MetadataDatabase.open(Databases.of(settings, layout.metadata())));
      alerts = new AlertService(database, clock, Notifications.outbox(settings.notification()));
      stores = opened(Stores.open(settings, layout));
      lake =
          opened(
              Lake.open(Databases.of(settings, layout.catalog()), stores.data(), stores.vault()));
      caches =
          Map.of(
              Side.ORDINARY,
              opened(cache(stores.data(), layout.ordinaryCache())),
              Side.VAULT,
              opened(cache(stores.vault(), layout.vaultCache())));
      // Not before the caches' locks: a second process over this folder must not get here.
      leases = opened(Databases.leases(settings, database));
      DuckDbParser parser = opened(DuckDbParser.open(settings.engine().threads()));
      guard = new Guard(parser, FunctionList.reviewed());
      policies = new PolicyCompiler(guard);
      ViewPackReader reader = new ViewPackReader(guard, parser, new ShadowCatalog());
      packs =
          new Packs(
              taking -> PackFolder.open(settings.views(), layout.lastGoodViews(), reader, taking),
              this::version,
              alerts);
      closing.push(packs::close);
      admission =
          new Admission(
              new Admission.Capacity(
                  STATEMENTS_AT_ONCE, STATEMENTS_WAITING, settings.engine().memoryBytes()));
      log = opened(new StatementLog(leases, clock));
      LoadStores loadStores =
          new LoadStores(
              leases,
              lake,
              stores.landing(),
              stores.rejects(),
              cache(Side.ORDINARY),
              cache(Side.VAULT),
              layout.keyFolder());
      LoadSettings loadSettings =
          new LoadSettings(layout.vaultFolder(), loadEngine(), settings.rhythm().scan(), clock);
      loads = opened(new LoadService(loadStores, loadSettings, packs::pack, guard, alerts));
      catalogue =
          new Catalogue(
              dataset -> Optional.ofNullable(packs.tables().get(dataset)),
              view -> Optional.ofNullable(packs.results().get(view)),
              loads.freshness());
      statements =
          opened(
              new StatementService(
                  packs::active,
                  new StatementPlanner(guard, new LineageReader(parser), catalogue),
                  log,
                  admission,
                  opened(new Watchdog(CLIENT_PATIENCE, CANCEL_PATIENCE)),
                  clock));
      refreshes =
          opened(
              new RefreshService(
                  packs::refreshTables,
                  refreshEngine(),
                  layout.vaultFolder().resolve("refresh"),
                  alerts,
                  leases,
                  clock));
      loads.onCommit(refreshes::wake);
      notifications =
          opened(
              Notifications.sender(
                  settings.notification(), database, clock, alerts, this::contact));
      erasures =
          opened(
              new ErasureService(
                  loadStores,
                  loadSettings,
                  packs::pack,
                  loads,
                  new AfterErasure(
                      loadStores, loadSettings, packs::pack, refreshes, log, stores, settings)));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Opens everything.
   *
   * @throws SettingsException or {@link io.sightglass.engine.EngineException} when it cannot; what
   *     was opened before is closed
   */
  public static Engine open(Settings settings, InstantSource clock) {
    return new Engine(settings, clock);
  }

  private <T extends AutoCloseable> T opened(T part) {
    closing.push(part);
    return part;
  }

  /** Local files are used in place; the cache is for remote stores. */
  private FileCache cache(ObjectStore store, Path folder) {
    return new FileCache(store, folder, settings.stores().cacheBytes(), clock);
  }

  private FileCache cache(Side side) {
    return Optional.ofNullable(caches.get(side)).orElseThrow();
  }

  /** Tables and engines of a pack; the engines open at first use. */
  private Packs.Version version(ViewPack pack) {
    // Before any table changes: having followed a refused pack, it would refuse the last good one.
    pack.datasets().values().forEach(lake::check);
    Map<QualifiedName, LakeTable> tables = new TreeMap<>();
    pack.datasets().forEach((name, dataset) -> tables.put(name, lake.ensure(dataset)));
    Map<QualifiedName, LakeTable> results = new TreeMap<>();
    pack.views().values().stream()
        .filter(View::isMaterialized)
        .forEach(view -> results.put(view.name(), lake.ensureResult(StoredShape.of(view))));
    List<RawTable> shapes = new ArrayList<>(ActivePack.shapes(tables.values()));
    shapes.addAll(ActivePack.resultShapes(results.values()));
    LakeFiles files = new LakeFiles(tables, results, caches);
    ActivePack active =
        new ActivePack(
            pack,
            principal -> policies.compile(pack, principal),
            shapes,
            files,
            engine(
                "ordinary",
                stores.ordinaryFolders(),
                layout.ordinarySpill(),
                settings.engine().memoryBytes()),
            engine(
                "vault",
                stores.allFolders(),
                layout.vaultSpill(),
                settings.engine().memoryBytes()));
    return new Packs.Version(active, tables, results, files);
  }

  private DuckDbSettings loadEngine() {
    List<Path> folders = new ArrayList<>(stores.allFolders());
    folders.add(layout.vaultFolder());
    return engine(
        "load",
        folders,
        layout.vaultSpill(),
        Math.min(settings.engine().memoryBytes(), LOAD_MEMORY_BYTES));
  }

  /** Of the loads' kind: on the vault's side for its spill, but what it reads is ordinary. */
  private DuckDbSettings refreshEngine() {
    List<Path> folders = new ArrayList<>(stores.ordinaryFolders());
    folders.add(layout.vaultFolder().resolve("refresh"));
    return engine(
        "refresh",
        folders,
        layout.vaultSpill(),
        Math.min(settings.engine().memoryBytes(), LOAD_MEMORY_BYTES));
  }

  private DuckDbSettings engine(String name, List<Path> folders, Path spill, long memoryBytes) {
    return new DuckDbSettings(
        name,
        folders,
        spill,
        settings.engine().spillBytes(),
        memoryBytes,
        settings.engine().threads(),
        LONGEST_STATEMENT);
  }

  /** Opens the ordinary engine now, so that the first statement does not wait for it. */
  public void warm() {
    packs.active().warm();
  }

  /** Looks at the views folder; called by a clock. */
  public void refreshViews() {
    String before = packs.pack().version();
    packs.refresh();
    if (!packs.pack().version().equals(before)) {
      loads.wake();
      refreshes.wake();
      erasures.wake();
    }
  }

  /** Closes what replicas that have died have left open; called by a clock. */
  public void lookAtOthers() {
    log.closeAbandoned();
  }

  /** How often {@link #lookAtOthers} is worth while. */
  public Duration lookAtOthersEvery() {
    return leases.lookEvery();
  }

  /** How often an engine that an error had broken was replaced, under the pack that counts now. */
  public int replacedEngines() {
    return packs.active().replacements();
  }

  /** What statements hold of the engines now, in words for an operator. */
  public String held() {
    ActivePack active = packs.active();
    return "%d ordinary, %d identified, %d planning sessions; %d bytes reserved, %d of batches"
        .formatted(
            active.ordinarySessions(),
            active.vaultSessions(),
            active.planningSessions(),
            admission.reservedBytes(),
            DuckDbInstance.batchBytesInUse());
  }

  MetadataDatabase database() {
    return database;
  }

  public StatementService statements() {
    return statements;
  }

  public StatementLog log() {
    return log;
  }

  public LoadService loads() {
    return loads;
  }

  /** Keeps the results of materialised views up to date. */
  public RefreshService refreshes() {
    return refreshes;
  }

  /** To requests that say which they are. */
  public FirstAnswers answers() {
    return new FirstAnswers(leases, REQUEST_PATIENCE);
  }

  public ErasureService erasures() {
    return erasures;
  }

  public AlertService alerts() {
    return alerts;
  }

  /** Sends what people are told outside the service. */
  public NotificationSender notifications() {
    return notifications;
  }

  private Map<String, String> contact(QualifiedName dataset) {
    return Optional.ofNullable(packs.pack().datasets().get(dataset))
        .map(Dataset::contact)
        .orElse(Map.of());
  }

  public PolicyCompiler policies() {
    return policies;
  }

  public Admission admission() {
    return admission;
  }

  public InstantSource clock() {
    return clock;
  }

  /** The pack that counts now. */
  public ViewPack pack() {
    return packs.pack();
  }

  /** What is wrong with the views folder; empty: nothing. */
  public Optional<String> findViewsTrouble() {
    return packs.findTrouble();
  }

  /** The table of a dataset; empty when the pack that counts has none. */
  Optional<LakeTable> findTable(QualifiedName dataset) {
    return Optional.ofNullable(packs.tables().get(dataset));
  }

  /** The stored result of a view; empty when the view is not materialised. */
  Optional<LakeTable> findResult(QualifiedName view) {
    return Optional.ofNullable(packs.results().get(view));
  }

  /** What there is. */
  public Catalogue catalogue() {
    return catalogue;
  }

  @Override
  public void close() {
    while (!closing.isEmpty()) {
      try {
        closing.pop().close();
      } catch (Exception e) {
        LOG.error("A part of the engine did not close", e);
      }
    }
  }
}
