package io.sightglass.engine.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.AccessPolicy;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.alert.notification.Outbox;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.duckdb.DuckDbSettings;
import io.sightglass.engine.ingest.backup.Backup;
import io.sightglass.engine.ingest.backup.BackupErasures;
import io.sightglass.engine.ingest.backup.BackupStores;
import io.sightglass.engine.ingest.backup.Restore;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.erasure.ErasureService;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadFilter;
import io.sightglass.engine.ingest.maintenance.MaintenanceRules;
import io.sightglass.engine.ingest.maintenance.MaintenanceService;
import io.sightglass.engine.ingest.persons.ErasedPersons;
import io.sightglass.engine.ingest.run.LoadStep;
import io.sightglass.engine.ingest.stores.KnownBackups;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.sql.FunctionList;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.Lake;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.MergeLimits;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.views.ViewPack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A landing folder, a warehouse and a load service in one folder, for tests. */
final class TestingLoads implements AutoCloseable {

  /** In an embedded database nobody dies of age. */
  private static final Duration LIFE = Duration.ofSeconds(60);

  /** One in-memory engine for all that read rows: whoever holds a connection keeps it. */
  static final String ROWS_READER = "jdbc:duckdb::memory:rows";

  final Path folder;
  private final MetadataDatabase database;
  private final Lake lake;
  private final FileCache ordinary;
  private final FileCache vault;
  private final DuckDbParser parser;
  private final TestingStores objects;
  private final List<Leases> successors = new ArrayList<>();
  private Leases leases;
  private LoadSettings settings;
  final AlertService alerts;
  private volatile Dataset dataset;
  private final AtomicInteger version = new AtomicInteger();

  /** Datasets beside the one that a test is about. */
  final List<Dataset> beside = new ArrayList<>();

  private LoadService service;
  volatile Instant now = Instant.parse("2025-03-10T08:00:00Z");

  /** When a statement began that still runs. */
  volatile @Nullable Instant oldestStatement;

  /** Where the last backup went; null: the service cannot reach it. */
  @Nullable BackupStores backups;

  /** Views whose results cannot be made anew. */
  final List<QualifiedName> failing = new ArrayList<>();

  /** What happens while an erasure makes results anew. */
  volatile Runnable refreshing = () -> {};

  /** Any two files, unless a test says otherwise. */
  MergeLimits merge = new MergeLimits(128L << 20, 1_000_000, 2, 0);

  /** Whether an erasure removes landing objects. */
  volatile boolean removesLanding;

  TestingLoads(Path folder, Dataset dataset) {
    this(folder, dataset, TestingStores.in(folder));
  }

  TestingLoads(Path folder, Dataset dataset, TestingStores objects) {
    this(
        folder,
        dataset,
        objects,
        DatabaseSettings.sqlite(folder.resolve("metadata.db")),
        DatabaseSettings.sqlite(folder.resolve("catalog.db")));
  }

  /** Over a database for the ledger, and one for the tables' states; they may be one. */
  TestingLoads(
      Path folder,
      Dataset dataset,
      TestingStores objects,
      DatabaseSettings ledger,
      DatabaseSettings catalog) {
    this.folder = folder;
    this.dataset = dataset;
    InstantSource clock = () -> now;
    database = MetadataDatabase.open(ledger);
    lake = Lake.open(catalog, objects.data(), objects.vault());
    ordinary = new FileCache(objects.data(), folder.resolve("cache/data"), 1L << 30, clock);
    vault = new FileCache(objects.vault(), folder.resolve("cache/vault"), 1L << 30, clock);
    this.objects = objects;
    leases = Leases.open(database, "this", LIFE);
    settings = settings(2, clock);
    alerts = new AlertService(database, clock, new Outbox(List.of("test")));
    parser = DuckDbParser.open(1);
    service = newService(leases);
  }

  private LoadSettings settings(int threads, InstantSource clock) {
    DuckDbSettings engine =
        new DuckDbSettings(
            "load",
            List.of(folder.resolve("vault"), folder.resolve("warehouse"), folder.resolve("cache")),
            folder.resolve("vault/spill"),
            4L << 30,
            600L << 20,
            threads,
            Duration.ZERO);
    return new LoadSettings(folder.resolve("vault"), engine, Duration.ofMinutes(5), clock);
  }

  /** The same, but that each replica leaves the others something to do. */
  TestingLoads oneAtATime() {
    service.close();
    settings = settings(1, settings.clock());
    service = newService(leases);
    return this;
  }

  private LoadStores stores(Leases of) {
    return new LoadStores(
        of,
        lake,
        objects.landing(),
        objects.rejects(),
        ordinary,
        vault,
        folder.resolve("vault/keys"));
  }

  private LoadService newService(Leases of) {
    return new LoadService(
        stores(of), settings, this::pack, new Guard(parser, FunctionList.reviewed()), alerts);
  }

  ViewPack pack() {
    return new ViewPack(
        String.valueOf(version.get()),
        new AccessPolicy(List.of(), List.of()),
        List.of(),
        Stream.concat(Stream.of(dataset), beside.stream())
            .collect(Collectors.toMap(Dataset::name, one -> one)),
        Map.of(),
        Map.of(),
        Map.of());
  }

  LoadService service() {
    return service;
  }

  /** As a service that puts another version of the views folder in force. */
  void define(Dataset changed) {
    lake.ensure(changed);
    know(changed);
  }

  /** As a replica whose views folder is another than the tables follow. */
  void know(Dataset other) {
    dataset = other;
    version.incrementAndGet();
  }

  /** A service that begins anew, as after a crash of the process. */
  void restart() {
    service.close();
    successors.add(leases);
    leases = Leases.open(database, "this", LIFE);
    service = newService(leases);
    service.reconcile();
  }

  /** Runs what is due until a load reaches {@code step}, where the process ends, as it were. */
  void crashAt(LoadStep step) {
    service.listen((load, reached) -> {
      if (reached == step) {
        throw new Crash();
      }
    });
    assertThatThrownBy(() -> service.runDue()).isInstanceOf(Crash.class);
  }

  /** Nothing may catch it. */
  private static final class Crash extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Lets another replica run one load when the next of this one reaches {@code step}. */
  void meanwhile(LoadStep step) {
    AtomicBoolean done = new AtomicBoolean();
    service.listen((load, reached) -> {
      if (reached == step && done.compareAndSet(false, true)) {
        asAnother(LoadService::runDue);
      }
    });
  }

  /** Does something as another replica over the same database and stores. */
  void asAnother(Consumer<LoadService> act) {
    try (Leases others = Leases.open(database, "another", LIFE);
        LoadService other = newService(others)) {
      act.accept(other);
    }
  }

  /**
   * Lets another process go by this one's name, as after a pause in which it was taken for dead.
   */
  void loseLeases() {
    successors.add(Leases.open(database, "this", LIFE));
  }

  /** Delivers an object, a minute later than the one before. */
  void deliver(String key, String text) {
    deliver(key, text.getBytes(UTF_8));
  }

  void deliver(String key, byte[] bytes) {
    now = now.plusSeconds(60);
    deliverAt(key, bytes, now);
  }

  void deliverAt(String key, byte[] bytes, Instant at) {
    try {
      Path file = folder.resolve("landing").resolve(key);
      Files.createDirectories(file.getParent());
      Files.write(file, bytes);
      Files.setLastModifiedTime(file, FileTime.from(at));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Scans and runs; the outcomes in order. */
  List<Load> load() {
    now = now.plusSeconds(1);
    service.scan();
    return service.runDue();
  }

  Load loadOne() {
    List<Load> loads = load();
    if (loads.size() != 1) {
      throw new AssertionError("expected one load, got " + loads);
    }
    return loads.getFirst();
  }

  /** Maintenance that takes no upload for older than it is. */
  MaintenanceService maintenance() {
    return maintenance(null);
  }

  /** The same by an age that somebody has given. */
  MaintenanceService maintenance(@Nullable Duration orphanAge) {
    return new MaintenanceService(
        stores(leases),
        settings,
        new MaintenanceRules(merge, Duration.ofHours(7), orphanAge, Duration.ZERO),
        pack(),
        new ErasedPersons(database, stores(leases).pseudonymKeys(settings)));
  }

  Backup backup(BackupStores target) {
    backups = target;
    return new Backup(stores(leases), settings, target);
  }

  /** A restore, for which the service that the test has opened lets go of its new secret. */
  Restore restore(BackupStores source) {
    try {
      if (all().isEmpty()) {
        Files.deleteIfExists(settings.pseudonymSecret());
        objects.vault().delete("_keys/pseudonyms.key");
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return new Restore(stores(leases), settings, source);
  }

  ErasureService erasures() {
    return new ErasureService(
        stores(leases),
        settings,
        this::pack,
        service,
        new ErasureService.AfterRemoval() {
          @Override
          public List<QualifiedName> refresh(
              Set<QualifiedName> datasets, Consumer<QualifiedName> failed) {
            refreshing.run();
            failing.forEach(failed);
            return List.of();
          }

          @Override
          public Optional<Instant> oldestStatement() {
            return Optional.ofNullable(oldestStatement);
          }

          @Override
          public boolean removesLanding() {
            return removesLanding;
          }

          @Override
          public boolean noteBeside(KnownBackups.Made backup, Erasure erasure) {
            if (backups == null) {
              throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "no way there");
            }
            return BackupErasures.note(backups, backup.set(), erasure);
          }

          @Override
          public MaintenanceService maintenance() {
            return TestingLoads.this.maintenance();
          }
        });
  }

  Lake lake() {
    return lake;
  }

  LakeTable table() {
    return lake.ensure(dataset);
  }

  /** The rows of a query over the current files of a side, cells joined with {@code |}. */
  List<String> rows(Side side, String columns) {
    return table().findCurrent().map(now -> rows(now, side, columns)).orElse(List.of());
  }

  /** The same over the files of a state. */
  List<String> rows(PairSnapshot at, Side side, String columns) {
    LakeTable table = table();
    List<DataFile> files = table.plan(at, side, new ScanFilter.All());
    return files.isEmpty() ? List.of() : rows(table, side, files, columns);
  }

  private List<String> rows(LakeTable table, Side side, List<DataFile> files, String columns) {
    FileCache cache = side == Side.ORDINARY ? ordinary : vault;
    try (FileCache.Lease lease =
            cache.lease(
                files.stream()
                    .map(file -> new FileCache.WantedFile(file.key(), file.size(), file.sha256()))
                    .toList());
        var connection = DriverManager.getConnection(ROWS_READER, new Properties());
        Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      String paths =
          lease.paths().stream()
              .map(path -> "'" + path + "'")
              .collect(Collectors.joining(", ", "[", "]"));
      List<String> rows = new ArrayList<>();
      try (ResultSet result =
          statement.executeQuery(
              "SELECT %s FROM read_parquet(%s, schema = %s) %s ORDER BY ALL"
                  .formatted(
                      columns,
                      paths,
                      table.readSchema(side),
                      columns.contains("count(") ? "GROUP BY ALL" : ""))) {
        while (result.next()) {
          List<String> cells = new ArrayList<>();
          for (int index = 1; index <= result.getMetaData().getColumnCount(); index++) {
            cells.add(String.valueOf(result.getString(index)));
          }
          rows.add(String.join("|", cells));
        }
      }
      return rows;
    } catch (SQLException failure) {
      throw new AssertionError(failure);
    }
  }

  /** Every file below a folder whose bytes hold the text, Parquet pages unpacked. */
  List<Path> filesWith(String text, String... below) {
    return Stream.of(below)
        .flatMap(part -> StoredText.filesWith(text, folder.resolve(part)).stream())
        .toList();
  }

  /** What waits to be sent: event, subject and detail. */
  List<String> told() {
    return database.read(transaction ->
        transaction.list(
            "SELECT event, subject, detail FROM notification ORDER BY id",
            row ->
                "%s %s: %s".formatted(row.text("event"), row.text("subject"), row.text("detail"))));
  }

  List<Load> all() {
    return service.list(LoadFilter.ALL, 1000, null).items();
  }

  static QualifiedName name(String name) {
    return QualifiedName.parse(name);
  }

  @Override
  public void close() {
    service.close();
    leases.close();
    successors.forEach(Leases::close);
    parser.close();
    ordinary.close();
    vault.close();
    lake.close();
    database.close();
    objects.close();
  }
}
