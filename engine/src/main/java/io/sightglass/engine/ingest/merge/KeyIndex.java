package io.sightglass.engine.ingest.merge;

import static io.sightglass.engine.duckdb.Quoted.name;
import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.check.LoadTable;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.Side;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which files of the ordinary table may hold the keys of a load: a digest of every key, by file, in
 * a database of this machine. To look up the keys of 50 million rows in it takes half a second, in
 * the files themselves ten.
 *
 * <p>It only ever leaves files out that cannot hold a key: a file never changes, and one that is
 * not in here is read into it first. So it may be lost at any time, and two keys of one digest cost
 * a look into a file. Used by one thread, which has the dataset's lease.
 */
public final class KeyIndex {

  private static final Logger LOG = LoggerFactory.getLogger(KeyIndex.class);

  private static final String ENDING = ".duckdb";

  /** From so many files on it costs less than to read them. */
  public static final int WORTHWHILE_FILES = 16;

  private final Path folder;
  private final FileCache cache;
  private final LakeTable table;
  private final LoadTable rows;

  /**
   * The index of a table.
   *
   * @param folder of all indexes; the engine may open what is in it
   * @param cache of the ordinary table's files
   */
  KeyIndex(Path folder, FileCache cache, LakeTable table, LoadTable rows) {
    this.folder = folder;
    this.cache = cache;
    this.table = table;
    this.rows = rows;
  }

  /**
   * Those of {@code files} that may hold a key of the load.
   *
   * @param all that the table has; of others, nothing is kept
   */
  List<DataFile> narrow(List<DataFile> files, List<DataFile> all) {
    if (files.size() < WORTHWHILE_FILES) {
      return files;
    }
    Path database = database();
    try {
      Files.createDirectories(folder);
      Set<String> hit = look(database, files, all);
      return files.stream().filter(file -> hit.contains(file.key())).toList();
    } catch (EngineException | IOException unusable) {
      LOG.warn(
          "The index {} cannot be used and is removed; the files are read", database, unusable);
      remove(database);
      return files;
    }
  }

  /** By the names of the key's columns: another key has another index. */
  private Path database() {
    String keys = rows.keyColumns().stream().map(Column::name).collect(Collectors.joining(","));
    return folder.resolve(
        beginning(table.dataset().name())
            + UUID.nameUUIDFromBytes(keys.getBytes(StandardCharsets.UTF_8))
            + ENDING);
  }

  private static String beginning(QualifiedName dataset) {
    return dataset + ".";
  }

  /**
   * Removes what is kept of a dataset's keys: some of them have been erased, or identify persons by
   * now.
   */
  public static void remove(Path folder, QualifiedName dataset) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      files
          .filter(file -> String.valueOf(file.getFileName()).startsWith(beginning(dataset)))
          .forEach(KeyIndex::remove);
    } catch (IOException failure) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The folder of indexes cannot be read", failure);
    }
  }

  private Set<String> look(Path database, List<DataFile> files, List<DataFile> all) {
    DuckDbSession session = rows.session();
    String catalog = name("keys_" + database.getFileName());
    session.execute("ATTACH %s AS %s".formatted(text(database.toString()), catalog));
    try {
      session.execute(
          "CREATE TABLE IF NOT EXISTS %s.files (number BIGINT, name VARCHAR)".formatted(catalog));
      session.execute(
          "CREATE TABLE IF NOT EXISTS %s.digests (digest UBIGINT, file BIGINT)".formatted(catalog));
      Map<String, Long> known = known(session, catalog);
      forget(session, catalog, known, all);
      for (DataFile file : files) {
        if (!known.containsKey(file.key())) {
          add(session, catalog, file);
        }
      }
      return Set.copyOf(
          session.query(
              """
              SELECT name FROM %1$s.files WHERE number IN (
                SELECT file FROM %1$s.digests WHERE digest IN (SELECT %2$s FROM %3$s))\
              """
                  .formatted(catalog, digest(), rows.keyRows()),
              List.of(),
              row -> row.getString(1)));
    } finally {
      session.execute("DETACH DATABASE IF EXISTS " + catalog);
    }
  }

  private static Map<String, Long> known(DuckDbSession session, String catalog) {
    Map<String, Long> known = new HashMap<>();
    session.query(
        "SELECT name, number FROM %s.files".formatted(catalog),
        List.of(),
        row -> known.put(row.getString(1), row.getLong(2)));
    return known;
  }

  /** What compaction or an erasure has replaced is not kept. */
  private static void forget(
      DuckDbSession session, String catalog, Map<String, Long> known, List<DataFile> all) {
    Set<String> gone = new HashSet<>(known.keySet());
    all.forEach(file -> gone.remove(file.key()));
    if (!gone.isEmpty()) {
      String numbers =
          gone.stream().map(known::get).map(String::valueOf).collect(Collectors.joining(", "));
      session.execute("DELETE FROM %s.files WHERE number IN (%s)".formatted(catalog, numbers));
      session.execute("DELETE FROM %s.digests WHERE file IN (%s)".formatted(catalog, numbers));
    }
  }

  /** The digests first: a crash in between leaves some twice, which costs nothing. */
  private void add(DuckDbSession session, String catalog, DataFile file) {
    long number =
        session
            .query(
                "SELECT coalesce(max(number), 0) + 1 FROM %s.files".formatted(catalog),
                List.of(),
                row -> row.getLong(1))
            .getFirst();
    try (FileCache.Lease lease =
        cache.lease(List.of(new FileCache.WantedFile(file.key(), file.size(), file.sha256())))) {
      session.execute(
          "INSERT INTO %s.digests SELECT %s, %d FROM read_parquet(%s, schema = %s)"
              .formatted(
                  catalog,
                  digest(),
                  number,
                  text(lease.paths().getFirst().toString()),
                  table.readSchema(Side.ORDINARY)));
    }
    session.execute(
        "INSERT INTO %s.files VALUES (%d, %s)".formatted(catalog, number, text(file.key())));
  }

  /** Of the key's columns as text: the same in every version of the engine. */
  private String digest() {
    return rows.keyColumns().stream()
        .map(column -> "CAST(%s AS VARCHAR)".formatted(name(column.name())))
        .collect(Collectors.joining(", ", "md5_number_lower(concat_ws(chr(31), ", "))"));
  }

  private static void remove(Path database) {
    try {
      Files.deleteIfExists(database);
      Files.deleteIfExists(Path.of(database + ".wal"));
    } catch (IOException failure) {
      LOG.warn("The index {} cannot be removed", database, failure);
    }
  }
}
