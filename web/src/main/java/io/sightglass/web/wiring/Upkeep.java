package io.sightglass.web.wiring;

import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.duckdb.DuckDbSettings;
import io.sightglass.engine.duckdb.ShadowCatalog;
import io.sightglass.engine.ingest.backup.Backup;
import io.sightglass.engine.ingest.backup.BackupStores;
import io.sightglass.engine.ingest.backup.Restore;
import io.sightglass.engine.ingest.maintenance.DamageAlerts;
import io.sightglass.engine.ingest.maintenance.MaintenanceRules;
import io.sightglass.engine.ingest.maintenance.MaintenanceService;
import io.sightglass.engine.ingest.persons.ErasedPersons;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.query.ColumnReaders;
import io.sightglass.engine.sql.FunctionList;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.Lake;
import io.sightglass.engine.table.MergeLimits;
import io.sightglass.engine.views.PackFolder;
import io.sightglass.engine.views.ViewPack;
import io.sightglass.engine.views.ViewPackReader;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of a deployment that maintenance works on, beside a service that may run over it: its
 * caches are its own and gone when it is closed.
 */
public final class Upkeep implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

  /** A statement may have waited in the queue before it began. */
  static final Duration LONGEST_WAIT = Duration.ofHours(1);

  /** By more, S3 takes no request. */
  private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(15);

  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private final Settings settings;
  private final DataLayout layout;
  private final Stores objects;
  private final LoadStores stores;
  private final LoadSettings loads;
  private final AlertService alerts;
  private @Nullable ViewPackReader reader;

  private Upkeep(Settings settings, InstantSource clock) {
    this.settings = settings;
    try {
      layout = DataLayout.make(settings);
      MetadataDatabase database =
          opened(MetadataDatabase.open(Databases.of(settings, layout.metadata())));
      alerts = new AlertService(database, clock, Notifications.outbox(settings.notification()));
      objects = opened(Stores.open(settings, layout));
      Lake lake =
          opened(
              Lake.open(Databases.of(settings, layout.catalog()), objects.data(), objects.vault()));
      StagingFolder own =
          opened(StagingFolder.create(layout.vaultFolder().resolve("maintenance"), "files"));
      long bytes = settings.stores().cacheBytes();
      stores =
          new LoadStores(
              opened(Databases.leasesBeside(settings, database, layout)),
              lake,
              objects.landing(),
              objects.rejects(),
              opened(new FileCache(objects.data(), own.fresh("data"), bytes, clock)),
              opened(new FileCache(objects.vault(), own.fresh("vault"), bytes, clock)),
              layout.keyFolder());
      List<Path> folders = new ArrayList<>(objects.allFolders());
      folders.add(layout.vaultFolder());
      DuckDbSettings engine =
          new DuckDbSettings(
              "maintenance",
              folders,
              own.fresh("spill"),
              settings.engine().spillBytes(),
              Math.min(settings.engine().memoryBytes(), Engine.LOAD_MEMORY_BYTES),
              settings.engine().threads(),
              Engine.LONGEST_STATEMENT);
      loads = new LoadSettings(layout.vaultFolder(), engine, settings.rhythm().scan(), clock);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Opens what maintenance needs.
   *
   * @throws io.sightglass.engine.EngineException when it cannot; what was opened before is closed
   */
  public static Upkeep open(Settings settings, InstantSource clock) {
    return new Upkeep(settings, clock);
  }

  private <T extends AutoCloseable> T opened(T part) {
    closing.push(part);
    return part;
  }

  /**
   * Maintenance by the contracts that count now.
   *
   * @param orphanAge uploads without a commit that are younger stay; null: as long as they may be
   *     of work that runs
   */
  public MaintenanceService maintenance(@Nullable Duration orphanAge) {
    return maintenance(orphanAge, pack());
  }

  /** To make columns anew by the views folder as it is now: an earlier version must not count. */
  public MaintenanceService rebuilding() {
    return maintenance(null, read(null));
  }

  private MaintenanceService maintenance(@Nullable Duration orphanAge, ViewPack pack) {
    return new MaintenanceService(
        stores,
        loads,
        new MaintenanceRules(
            MergeLimits.USUAL,
            Engine.LONGEST_STATEMENT.plus(LONGEST_WAIT),
            orphanAge,
            clocksDiffer(settings)),
        pack,
        new ErasedPersons(stores.database(), stores.pseudonymKeys(loads)));
  }

  /** By how much the clocks of those who work on one deployment may differ. */
  static Duration clocksDiffer(Settings settings) {
    Settings.Stores of = settings.stores();
    boolean isOneMachine =
        of.database() == null
            && Stream.of(of.data(), of.vault())
                .allMatch(store -> "file".equals(store.root().getScheme()));
    return isOneMachine ? Duration.ZERO : CLOCKS_DIFFER;
  }

  /** The contracts that count now, read anew. */
  public ViewPack pack() {
    return read(layout.lastGoodViews());
  }

  private ViewPack read(@Nullable Path lastGood) {
    return PackFolder.read(
        settings.views(),
        lastGood,
        reader(),
        taken -> taken.datasets().values().forEach(stores.lake()::check));
  }

  private ViewPackReader reader() {
    if (reader == null) {
      DuckDbParser parser = opened(DuckDbParser.open(1));
      reader =
          new ViewPackReader(
              new Guard(parser, FunctionList.reviewed()), parser, new ShadowCatalog());
    }
    return reader;
  }

  /** To be told what a verification finds. */
  public DamageAlerts damageAlerts() {
    return new DamageAlerts(alerts);
  }

  /** Who ran statements over a dataset. */
  public ColumnReaders columnReaders() {
    return new ColumnReaders(stores.database());
  }

  /**
   * A backup of the deployment.
   *
   * @param target a folder, {@code file:} or {@code s3:} URI
   * @throws SettingsException when it is none of these, or lies in the deployment
   */
  public Backup backup(String target) {
    return new Backup(stores, loads, backupStores(target));
  }

  /**
   * A restore of the deployment, over which no service may run.
   *
   * @param source what a backup had as its target
   * @throws SettingsException as {@link #backup}
   */
  public Restore restore(String source) {
    return new Restore(stores, loads, backupStores(source));
  }

  private BackupStores backupStores(String text) {
    URI root =
        StoreUris.find(text)
            .map(StoreUris::withoutSlash)
            .orElseThrow(() ->
                new SettingsException(
                    List.of(
                        "\"%s\"; allowed: a folder, file:///folder or s3://bucket/prefix"
                            .formatted(text))));
    for (Settings.Store store :
        List.of(settings.stores().landing(), settings.stores().data(), settings.stores().vault())) {
      if (StoreUris.overlap(root, store.root())) {
        throw new SettingsException(
            List.of("\"%s\"; allowed: a place outside landing and warehouse".formatted(text)));
      }
    }
    return objects.backups(root);
  }

  @Override
  public void close() {
    while (!closing.isEmpty()) {
      try {
        closing.pop().close();
      } catch (Exception e) {
        LOG.error("A part of the deployment did not close", e);
      }
    }
  }
}
