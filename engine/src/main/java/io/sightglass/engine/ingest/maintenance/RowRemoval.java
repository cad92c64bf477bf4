package io.sightglass.engine.ingest.maintenance;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.texts;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.check.StoredRows;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.FileRewrite;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Takes rows out of one dataset's newest state, on both sides as a pair, by writing the files that
 * hold them anew. Used once, by one thread; loads go on meanwhile, and none of their rows is lost.
 */
public final class RowRemoval {

  /** Files that are opened at once; of a remote store, that lie on this machine at once. */
  private static final int FILES_AT_ONCE = 64;

  private static final String KEYS = "removed_rows";

  /** Loads that come meanwhile change files; each pass removes what it finds. */
  private static final int PASSES = 20;

  /** So often both sides go at one moment or not at all. */
  private static final int WHOLE_PASSES = 10;

  private final LoadStores stores;
  private final LakeTable table;
  private final Rows rows;
  private final DuckDbSession session;
  private final StagingFolder folder;

  /** Says which rows go; asked anew before each pass. */
  @FunctionalInterface
  public interface Rows {

    /** What tells them by the columns of a side, each side by itself; empty: nothing does. */
    Optional<Condition> on(Side side);
  }

  /**
   * What holds of rows that go.
   *
   * @param sql over the stored columns of a side, never NULL
   * @param files admits every file that may hold such a row
   */
  public record Condition(String sql, ScanFilter files) {}

  /**
   * What went.
   *
   * @param ordinary rows of the ordinary table
   * @param vault rows of the vault
   * @param loads that had brought them
   */
  public record Removed(long ordinary, long vault, Set<String> loads) {}

  /**
   * What is known of rows that go.
   *
   * @param loads that have brought them
   * @param values that the vault has of them
   */
  public record Known(Set<String> loads, Set<String> values) {}

  /**
   * A removal that has not begun.
   *
   * @param session on an instance of the loads' kind
   * @param folder for files before they are stored
   */
  public RowRemoval(
      LoadStores stores, LakeTable table, Rows rows, DuckDbSession session, StagingFolder folder) {
    this.stores = stores;
    this.table = table;
    this.rows = rows;
    this.session = session;
    this.folder = folder;
  }

  /**
   * What is known of the rows in any state that is still there; removes nothing.
   *
   * @return the loads that brought them, and every value of theirs in the vault
   */
  public Known ofAnyState() {
    Map<Side, Map<String, DataFile>> files = new EnumMap<>(Side.class);
    Map<String, DataFile> vault = new HashMap<>();
    for (PairSnapshot state : table.history()) {
      candidates(state)
          .forEach((side, some) -> {
            Map<String, DataFile> known = files.computeIfAbsent(side, key -> new HashMap<>());
            some.forEach(file -> known.putIfAbsent(file.key(), file));
          });
      files(state, Side.VAULT, new ScanFilter.All())
          .forEach(file -> vault.putIfAbsent(file.key(), file));
    }
    Map<Side, List<DataFile>> all = new EnumMap<>(Side.class);
    files.forEach((side, known) -> all.put(side, List.copyOf(known.values())));
    Set<String> loads = new TreeSet<>();
    boolean isThere = find(all, loads) && !vault.isEmpty();
    return new Known(loads, isThere ? values(List.copyOf(vault.values())) : Set.of());
  }

  /** The values of the rows whose keys are noted, as texts. */
  private Set<String> values(List<DataFile> files) {
    String columns =
        table.storedLayout(Side.VAULT).columns().stream()
            .filter(column -> !column.name().startsWith("_"))
            .map(column -> TextsOfValue.in(name(column.name()), column.type()))
            .collect(Collectors.joining(", "));
    Set<String> values = new TreeSet<>();
    if (columns.isEmpty()) {
      return values;
    }
    inParts(
        Side.VAULT,
        files,
        relation ->
            values.addAll(
                session.query(
                    """
                    SELECT DISTINCT value
                    FROM (SELECT unnest(list_concat([], %s)) AS value FROM %s WHERE _row_key IN (FROM %s SELECT _row_key))
                    WHERE value IS NOT NULL\
                    """
                        .formatted(columns, relation, KEYS),
                    List.of(),
                    row -> row.getString(1))));
    return values;
  }

  /**
   * Removes them, until a pass finds none.
   *
   * @throws EngineException {@code STORE_UNAVAILABLE} when some are still there: others changed
   *     their files each time
   */
  public Removed run() {
    long ordinary = 0;
    long vault = 0;
    Set<String> loads = new TreeSet<>();
    for (int pass = 0; pass < PASSES; pass++) {
      Optional<PairSnapshot> now = table.findCurrent();
      if (now.isEmpty() || !find(candidates(now.get()), loads)) {
        return new Removed(ordinary, vault, loads);
      }
      List<FileRewrite> rewrites = new ArrayList<>();
      for (Side side : Side.values()) {
        for (DataFile file : files(now.get(), side, new ScanFilter.All())) {
          rewrite(side, file).ifPresent(rewrites::add);
        }
      }
      if (rewrites.isEmpty()) {
        return new Removed(ordinary, vault, loads);
      }
      FileRewrite.Purpose purpose =
          pass < WHOLE_PASSES ? FileRewrite.Purpose.REMOVAL : FileRewrite.Purpose.REMOVAL_IN_PARTS;
      for (FileRewrite done : table.rewrite(purpose, rewrites)) {
        if (done.side() == Side.ORDINARY) {
          ordinary += done.rowsRemoved();
        } else {
          vault += done.rowsRemoved();
        }
      }
    }
    throw new EngineException(
        ErrorCode.STORE_UNAVAILABLE,
        "Rows of %s that are to go are still there: its files changed each time; run it again"
            .formatted(table.dataset().name()));
  }

  /** By side, the files of a state that may hold such rows. */
  private Map<Side, List<DataFile>> candidates(PairSnapshot state) {
    Map<Side, List<DataFile>> files = new EnumMap<>(Side.class);
    for (Side side : Side.values()) {
      rows.on(side).ifPresent(gone -> files.put(side, files(state, side, gone.files())));
    }
    return files;
  }

  /** Notes the keys of the rows that go; whether there are any. */
  private boolean find(Map<Side, List<DataFile>> candidates, Set<String> loads) {
    session.execute(
        "CREATE OR REPLACE TEMP TABLE %s (_row_key VARCHAR, _load_id VARCHAR)".formatted(KEYS));
    for (Map.Entry<Side, List<DataFile>> ofSide : candidates.entrySet()) {
      Side side = ofSide.getKey();
      String gone = rows.on(side).map(Condition::sql).orElse("false");
      inParts(
          side,
          ofSide.getValue(),
          relation ->
              session.execute(
                  "INSERT INTO %s SELECT _row_key, _load_id FROM %s WHERE %s"
                      .formatted(KEYS, relation, gone)));
    }
    loads.addAll(
        session.query("SELECT DISTINCT _load_id FROM " + KEYS, List.of(), row -> row.getString(1)));
    return session
            .query("SELECT count(*) FROM " + KEYS, List.of(), row -> row.getLong(1))
            .getFirst()
        > 0;
  }

  /** Does something with some files of a side after another. */
  private void inParts(Side side, List<DataFile> files, Consumer<String> work) {
    for (int from = 0; from < files.size(); from += FILES_AT_ONCE) {
      List<DataFile> some = files.subList(from, Math.min(files.size(), from + FILES_AT_ONCE));
      try (FileCache.Lease lease = lease(side, some)) {
        work.accept(relation(side, lease.paths()));
      }
    }
  }

  private Optional<FileRewrite> rewrite(Side side, DataFile file) {
    try (FileCache.Lease lease = lease(side, List.of(file))) {
      StoredRows staying =
          StoredRows.of(session, table, side, lease.paths())
              .where("_row_key NOT IN (SELECT _row_key FROM %s)".formatted(KEYS));
      long left = staying.count();
      if (left == file.rows()) {
        return Optional.empty();
      }
      List<StagedFile> staged = left == 0 ? List.of() : staying.write(folder.fresh("staying"));
      return Optional.of(
          new FileRewrite(
              side, List.of(file), staged.stream().map(one -> table.upload(side, one)).toList()));
    }
  }

  private List<DataFile> files(PairSnapshot now, Side side, ScanFilter filter) {
    return table.plan(now, side, filter);
  }

  private FileCache.Lease lease(Side side, List<DataFile> files) {
    return stores.files(side).lease(Compactor.wanted(files));
  }

  private String relation(Side side, List<Path> files) {
    return "read_parquet(%s, hive_partitioning = false, schema = %s)"
        .formatted(
            texts(files.stream().map(Path::toString).toList()),
            table.storedLayout(side).readSchema());
  }
}
