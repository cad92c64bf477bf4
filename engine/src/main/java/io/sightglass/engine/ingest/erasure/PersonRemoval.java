package io.sightglass.engine.ingest.erasure;

import static io.sightglass.engine.duckdb.Quoted.text;
import static io.sightglass.engine.duckdb.Quoted.texts;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.LoadStores;
import io.sightglass.engine.ingest.StagingFolder;
import io.sightglass.engine.ingest.check.ParquetCopy;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.FileRewrite;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.StagedFile;
import io.sightglass.engine.table.StoredLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Takes the rows of erased persons out of one dataset's newest state, on both sides as a pair. Used
 * once, by one thread.
 */
final class PersonRemoval {

  /** Files that are opened at once; of a remote store, that lie on this machine at once. */
  private static final int FILES_AT_ONCE = 64;

  private static final String KEYS = "erased_rows";

  /** Loads that come meanwhile change files; each pass removes what it finds. */
  private static final int PASSES = 20;

  private final LoadStores stores;
  private final LakeTable table;
  private final ErasedPersons persons;
  private final DuckDbSession session;
  private final StagingFolder folder;

  PersonRemoval(
      LoadStores stores,
      LakeTable table,
      ErasedPersons persons,
      DuckDbSession session,
      StagingFolder folder) {
    this.stores = stores;
    this.table = table;
    this.persons = persons;
    this.session = session;
    this.folder = folder;
  }

  /**
   * What went.
   *
   * @param ordinary rows of the ordinary table
   * @param vault rows of the vault
   * @param loads that had brought them
   */
  record Removed(long ordinary, long vault, Set<String> loads) {}

  /** Removes them, until a pass finds none. */
  Removed run() {
    long ordinary = 0;
    long vault = 0;
    Set<String> loads = new TreeSet<>();
    for (int pass = 0; pass < PASSES; pass++) {
      Optional<PairSnapshot> now = table.findCurrent();
      if (now.isEmpty() || !find(now.get(), loads)) {
        break;
      }
      List<FileRewrite> rewrites = new ArrayList<>();
      for (Side side : Side.values()) {
        for (DataFile file : files(now.get(), side)) {
          rewrite(side, file).ifPresent(rewrites::add);
        }
      }
      if (rewrites.isEmpty()) {
        break;
      }
      for (FileRewrite done : table.rewrite(FileRewrite.Purpose.REMOVAL, rewrites)) {
        if (done.side() == Side.ORDINARY) {
          ordinary += done.rowsRemoved();
        } else {
          vault += done.rowsRemoved();
        }
      }
    }
    return new Removed(ordinary, vault, loads);
  }

  /** Notes the keys of their rows; whether there are any. */
  private boolean find(PairSnapshot now, Set<String> loads) {
    session.execute(
        "CREATE OR REPLACE TEMP TABLE %s (_row_key VARCHAR, _load_id VARCHAR)".formatted(KEYS));
    for (Side side : Side.values()) {
      List<PersonColumn> columns =
          PersonColumn.of(table.dataset()).stream().filter(one -> one.side() == side).toList();
      Optional<ErasedPersons.Conditions> erased = persons.conditions(session, columns);
      List<DataFile> files = erased.isEmpty() ? List.of() : files(now, side);
      for (int from = 0; from < files.size(); from += FILES_AT_ONCE) {
        List<DataFile> some = files.subList(from, Math.min(files.size(), from + FILES_AT_ONCE));
        try (FileCache.Lease lease = lease(side, some)) {
          session.execute(
              "INSERT INTO %s SELECT _row_key, _load_id FROM %s WHERE %s"
                  .formatted(KEYS, relation(side, lease.paths()), erased.orElseThrow().rows()));
        }
      }
    }
    loads.addAll(
        session.query("SELECT DISTINCT _load_id FROM " + KEYS, List.of(), row -> row.getString(1)));
    return session
            .query("SELECT count(*) FROM " + KEYS, List.of(), row -> row.getLong(1))
            .getFirst()
        > 0;
  }

  private Optional<FileRewrite> rewrite(Side side, DataFile file) {
    try (FileCache.Lease lease = lease(side, List.of(file))) {
      String staying =
          "(FROM %s WHERE _row_key NOT IN (SELECT _row_key FROM %s))"
              .formatted(relation(side, lease.paths()), KEYS);
      long rows =
          session
              .query("SELECT count(*) FROM " + staying, List.of(), row -> row.getLong(1))
              .getFirst();
      if (rows == file.rows()) {
        return Optional.empty();
      }
      StoredLayout layout = table.storedLayout(side);
      List<StagedFile> staged =
          rows == 0
              ? List.of()
              : new ParquetCopy(session, table, side, layout.copyFieldIds())
                  .write(
                      "SELECT %s FROM %s".formatted(layout.readColumns(), staying),
                      folder.fresh("staying"));
      return Optional.of(
          new FileRewrite(
              side, List.of(file), staged.stream().map(one -> table.upload(side, one)).toList()));
    }
  }

  private List<DataFile> files(PairSnapshot now, Side side) {
    return table.plan(now, side, new ScanFilter.All());
  }

  private FileCache.Lease lease(Side side, List<DataFile> files) {
    return stores
        .files(side)
        .lease(
            files.stream()
                .map(file -> new FileCache.WantedFile(file.key(), file.size(), file.sha256()))
                .toList());
  }

  private String relation(Side side, List<Path> files) {
    return "read_parquet(%s, hive_partitioning = false, schema = %s)"
        .formatted(
            texts(files.stream().map(Path::toString).toList()),
            table.storedLayout(side).readSchema());
  }

  /**
   * Takes rejected rows that hold a value of theirs out of a file.
   *
   * @param to is written when some stay
   * @return how many went
   */
  static long removeRejects(
      DuckDbSession session, ErasedPersons persons, Dataset dataset, Path from, Path to) {
    Optional<ErasedPersons.Conditions> erased =
        persons.conditions(session, PersonColumn.of(dataset));
    if (erased.isEmpty()) {
      return 0;
    }
    String relation = "read_parquet(%s)".formatted(text(from.toString()));
    List<Long> counts =
        session
            .query(
                "SELECT count(*) FILTER (%1$s), count(*) FILTER (NOT %1$s) FROM %2$s"
                    .formatted(erased.get().text(), relation),
                List.of(),
                row -> List.of(row.getLong(1), row.getLong(2)))
            .getFirst();
    if (counts.getFirst() > 0 && counts.getLast() > 0) {
      session.execute(
          "COPY (FROM %s WHERE NOT %s) TO %s (FORMAT parquet, COMPRESSION zstd)"
              .formatted(relation, erased.get().text(), text(to.toString())));
    }
    return counts.getFirst();
  }
}
