package io.sightglass.engine.ingest.maintenance;

import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.storage.DamagedTransferException;
import io.sightglass.engine.storage.Digests;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.table.DataFile;
import io.sightglass.engine.table.Lake;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.TableFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads every data file of every state in the stores themselves, not in a cache, and compares it
 * with what its commit recorded: size, digest, rows. Used by one thread; one file at a time.
 */
final class StoreVerification {

  private final Lake lake;
  private final DuckDbInstance engine;
  private final Path stagingFolder;

  StoreVerification(Lake lake, DuckDbInstance engine, Path stagingFolder) {
    this.lake = lake;
    this.engine = engine;
    this.stagingFolder = stagingFolder;
  }

  /** Verifies a table's files on one side; tells each difference, then the sum. */
  void run(Side side, TableFolder folder, Consumer<Maintenance> told) {
    int unknown = 0;
    int different = 0;
    long bytes = 0;
    List<DataFile> files = folder.dataFiles();
    for (DataFile file : files) {
      List<String> found = differences(side, file);
      for (String what : found) {
        told.accept(
            new Maintenance.Different(folder.name(), folder.isResult(), side, name(file), what));
      }
      different += found.isEmpty() ? 0 : 1;
      unknown += file.sha256() == null ? 1 : 0;
      bytes += file.size();
    }
    for (TableFolder.Count count : folder.count().stream().toList()) {
      if (count.told() != count.listed()) {
        different++;
        told.accept(
            new Maintenance.Different(
                folder.name(),
                folder.isResult(),
                side,
                folder.name().toString(),
                "the newest state counts %d rows, its files %d"
                    .formatted(count.told(), count.listed())));
      }
    }
    told.accept(
        new Maintenance.Verified(
            folder.name(), folder.isResult(), side, files.size(), bytes, unknown, different));
  }

  private List<String> differences(Side side, DataFile file) {
    ObjectStore store = lake.store(side);
    try (StagingFolder folder = StagingFolder.create(stagingFolder, "verify")) {
      Path path = store.findLocal(file.key()).orElseGet(() -> fetch(store, file, folder));
      List<String> differences = new ArrayList<>();
      long size = Files.size(path);
      if (size != file.size()) {
        differences.add("%d bytes; the commit recorded %d".formatted(size, file.size()));
      }
      if (file.sha256() != null && !Digests.sha256(path).equals(file.sha256())) {
        differences.add("its content is not what was committed: its sha256 differs");
      }
      if (differences.isEmpty()) {
        long rows = rows(path);
        if (rows != file.rows()) {
          differences.add("%d rows; the commit recorded %d".formatted(rows, file.rows()));
        }
      }
      return differences;
    } catch (EngineException e) {
      if (e.code() == ErrorCode.NOT_FOUND) {
        return List.of("is missing");
      }
      throw e;
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "A data file cannot be read", e);
    }
  }

  private static Path fetch(ObjectStore store, DataFile file, StagingFolder folder) {
    Path copy = folder.path().resolve("file.parquet");
    try (InputStream in = store.read(file.key(), 0)) {
      Files.copy(in, copy);
      return copy;
    } catch (DamagedTransferException e) {
      return copy; // all of it is there, and is compared with a digest of our own
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "A data file cannot be fetched", e);
    }
  }

  private long rows(Path file) {
    try (DuckDbSession session = engine.openSession()) {
      return session
          .query(
              "SELECT count(*) FROM read_parquet(%s, hive_partitioning = false)"
                  .formatted(text(file.toString())),
              List.of(),
              row -> row.getLong(1))
          .getFirst();
    }
  }

  private static String name(DataFile file) {
    return file.key().substring(file.key().lastIndexOf('/') + 1);
  }
}
