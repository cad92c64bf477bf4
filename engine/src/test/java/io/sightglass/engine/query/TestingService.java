package io.sightglass.engine.query;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.Leases;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.duckdb.DuckDbSettings;
import io.sightglass.engine.duckdb.Quoted;
import io.sightglass.engine.duckdb.RawTable;
import io.sightglass.engine.duckdb.Watchdog;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.sql.FunctionList;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.sql.lineage.LineageReader;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.views.PolicyCompiler;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.ViewPack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A statement service over a small pack and real Parquet files, without a lake. */
public final class TestingService implements AutoCloseable {

  public static final int ROWS = 2_000_000;
  public static final Instant LOADED_AT = Instant.parse("2026-03-30T06:00:00Z");

  public final AtomicInteger openLeases = new AtomicInteger();
  public final MetadataDatabase database;
  private final Leases leases;
  public final StatementLog log;
  public final Admission admission;
  public final StatementService service;
  public final Watchdog watchdog;
  private final DuckDbParser parser;
  private final Supplier<ActivePack> opener;
  private volatile ActivePack pack;

  public TestingService(Path folder, Admission.Capacity capacity, Duration clientPatience)
      throws IOException {
    writeFiles(folder);
    parser = DuckDbParser.open(2);
    Guard guard = new Guard(parser, FunctionList.reviewed());
    ViewPack viewPack = TestingPack.claims();
    PolicyCompiler compiler = new PolicyCompiler(guard);
    opener =
        () ->
            new ActivePack(
                viewPack,
                principal -> compiler.compile(viewPack, principal),
                shapes(viewPack),
                new ParquetFiles(folder),
                settings("ordinary", folder, List.of(folder.resolve("data"))),
                settings(
                    "vault", folder, List.of(folder.resolve("data"), folder.resolve("vault"))));
    pack = opener.get();
    database = MetadataDatabase.open(DatabaseSettings.sqlite(folder.resolve("metadata.db")));
    leases = Leases.open(database, "test", Duration.ofSeconds(60));
    log = new StatementLog(leases, InstantSource.system());
    admission = new Admission(capacity);
    watchdog = new Watchdog(clientPatience, Duration.ofSeconds(60));
    service =
        new StatementService(
            () -> pack,
            new StatementPlanner(
                guard,
                new LineageReader(parser),
                new Catalogue(dataset -> Optional.empty(), Freshness.UNKNOWN)),
            log,
            admission,
            watchdog,
            InstantSource.system());
  }

  private static void writeFiles(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("data"));
    Files.createDirectories(folder.resolve("vault"));
    DuckDbInstance writer =
        DuckDbInstance.open(
            settings("load", folder, List.of(folder.resolve("data"), folder.resolve("vault"))),
            List.of());
    try (DuckDbSession session = writer.openSession()) {
      session.execute(
          """
          COPY (SELECT i AS claim_id, '***-**-' || lpad((i %% 10000)::VARCHAR, 4, '0') AS ssn,
                 (316 + i %% 3)::VARCHAR AS station,
                 CASE WHEN i >= 1900000 THEN 'x' ELSE (i %% 100)::VARCHAR END AS code,
                 lpad((i %% 100000)::VARCHAR, 5, '0') AS zip, DATE '2026-03-30' AS _file_date,
                 'l1' AS _load_id, 'k' || i AS _row_key
                FROM range(%d) t(i))
          TO '%s' (FORMAT parquet, FIELD_IDS {claim_id: 1, ssn: 2, station: 3, code: 4, zip: 5,
                   _file_date: 6, _load_id: 7, _row_key: 8})
          """
              .formatted(ROWS, folder.resolve("data/claims.parquet")));
      session.execute(
          """
          COPY (SELECT '123-45-' || lpad((i %% 10000)::VARCHAR, 4, '0') AS ssn,
                 'k' || i AS _row_key FROM range(%d) t(i))
          TO '%s' (FORMAT parquet, FIELD_IDS {ssn: 1, _row_key: 2})
          """
              .formatted(ROWS, folder.resolve("vault/claims.parquet")));
    }
    writer.retire();
  }

  private static DuckDbSettings settings(String name, Path folder, List<Path> allowed) {
    return new DuckDbSettings(
        name,
        allowed,
        folder.resolve("spill"),
        1_000_000_000,
        1_000_000_000,
        2,
        Duration.ofMinutes(2));
  }

  private static List<RawTable> shapes(ViewPack viewPack) {
    Dataset claims = viewPack.datasets().values().iterator().next();
    List<OutputColumn> ordinary = new ArrayList<>();
    claims
        .columns()
        .forEach(
            column -> ordinary.add(new OutputColumn(column.name(), column.storedType().sql())));
    ordinary.add(new OutputColumn("_file_date", "DATE"));
    ordinary.add(new OutputColumn("_load_id", "VARCHAR"));
    ordinary.add(new OutputColumn("_row_key", "VARCHAR"));
    List<OutputColumn> direct =
        List.of(new OutputColumn("ssn", "VARCHAR"), new OutputColumn("_row_key", "VARCHAR"));
    return List.of(
        new RawTable(RawTable.Catalog.RAW, claims.name(), ordinary, readSchema(ordinary), "*"),
        new RawTable(RawTable.Catalog.VAULT, claims.name(), direct, readSchema(direct), "*"));
  }

  private static String readSchema(List<OutputColumn> columns) {
    List<String> entries = new ArrayList<>();
    for (int index = 0; index < columns.size(); index++) {
      entries.add(
          "%d: {name: %s, type: %s, default_value: NULL}"
              .formatted(
                  index + 1,
                  Quoted.text(columns.get(index).name()),
                  Quoted.text(columns.get(index).type())));
    }
    return "map {" + String.join(", ", entries) + "}";
  }

  /** One file a side, as one snapshot. */
  private final class ParquetFiles implements TableFiles {
    private final Path folder;

    ParquetFiles(Path folder) {
      this.folder = folder;
    }

    @Override
    public PinnedTable pin(QualifiedName dataset) {
      return new PinnedTable(
          dataset, new PairSnapshot(11, 12L, LOADED_AT, "l1", ROWS, 1, Map.of()));
    }

    @Override
    public Optional<PairSnapshot> find(View.Input table, long snapshotId) {
      return history(table).stream().filter(state -> state.id() == snapshotId).findFirst();
    }

    @Override
    public Optional<PairSnapshot> findAsOf(View.Input table, Instant instant) {
      return history(table).stream()
          .filter(state -> !state.committedAt().isAfter(instant))
          .findFirst();
    }

    @Override
    public List<PairSnapshot> history(View.Input table) {
      return List.of(Objects.requireNonNull(pin(table.name()).snapshot()));
    }

    @Override
    public void requireVault(PinnedTable table) {
      // Its one snapshot has a vault.
    }

    @Override
    public List<DataFile> plan(PinnedTable table, Side side, ScanFilter filter) {
      return List.of(new DataFile(side + "/claims.parquet", 100, ROWS, null));
    }

    @Override
    public FileCache.Lease lease(PinnedTable table, Side side, ScanFilter filter) {
      openLeases.incrementAndGet();
      Path file =
          folder.resolve(side == Side.ORDINARY ? "data/claims.parquet" : "vault/claims.parquet");
      return new FileCache.Lease() {
        @Override
        public List<Path> paths() {
          return List.of(file);
        }

        @Override
        public void close() {
          openLeases.decrementAndGet();
        }
      };
    }
  }

  public static Principal principal(String role) {
    return new Principal(role + "1", List.of(role), Map.of("station", List.of("316")));
  }

  public static StatementRequest request(String sql) {
    return request(sql, Parameters.NONE, OptionalLong.empty(), null);
  }

  public static StatementRequest request(
      String sql, Parameters parameters, OptionalLong rows, @Nullable Duration time) {
    return new StatementRequest(sql, parameters, null, rows, time, "test");
  }

  ActivePack pack() {
    return pack;
  }

  /** Another version counts from now on, as after a change of the views folder. */
  void replacePack() {
    ActivePack before = pack;
    pack = opener.get();
    before.retire();
  }

  /** Sessions open on the engines for statements. */
  public int openSessions() {
    return pack.engine(false).current().openSessions();
  }

  @Override
  public void close() {
    service.close();
    watchdog.close();
    pack.retire();
    log.close();
    leases.close();
    database.close();
    parser.close();
  }
}
