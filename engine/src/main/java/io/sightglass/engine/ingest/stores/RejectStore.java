package io.sightglass.engine.ingest.stores;

import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.Page;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.storage.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rejected rows of loads, in files on the vault's side. Immutable. */
public final class RejectStore {

  private final ObjectStore store;

  public RejectStore(ObjectStore store) {
    this.store = store;
  }

  /** Where those of a dataset are; ends with a slash. */
  public static String folder(QualifiedName dataset) {
    return "%s/%s/".formatted(dataset.schema(), dataset.name());
  }

  /** The object that keeps the rejects of a load. */
  public static String key(QualifiedName dataset, String loadId) {
    return folder(dataset) + loadId + ".parquet";
  }

  /** A part of them by line; {@code folder} takes a copy where the store is not of this machine. */
  public Page<Reject> read(
      Load load,
      DuckDbSession session,
      StagingFolder folder,
      boolean values,
      int limit,
      @Nullable String cursor) {
    String key = key(load.dataset(), load.id());
    if (store.find(key).isEmpty()) {
      return new Page<>(List.of(), null);
    }
    Path file = store.findLocal(key).orElseGet(() -> copy(key, folder));
    List<Reject> rejects =
        session.query(
            """
            SELECT line, position, "column", reason, %s FROM read_parquet(%s)
            WHERE line > ? ORDER BY line LIMIT ?\
            """
                .formatted(values ? "value" : "NULL", text(file.toString())),
            List.of(after(cursor), limit + 1),
            row ->
                new Reject(
                    row.getLong(1),
                    row.getLong(2),
                    row.getString(3),
                    row.getString(4),
                    row.getString(5)));
    // A line has at most one record, and a record one reject: the line is a place in the list.
    return rejects.size() <= limit
        ? new Page<>(rejects, null)
        : new Page<>(rejects.subList(0, limit), Long.toString(rejects.get(limit - 1).line()));
  }

  private static long after(@Nullable String cursor) {
    try {
      return cursor == null ? 0 : Long.parseLong(cursor);
    } catch (NumberFormatException unknown) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST, "The cursor is none of this list's; take one from `next`");
    }
  }

  private Path copy(String key, StagingFolder folder) {
    Path file = folder.path().resolve("rejects.parquet");
    try (InputStream in = store.read(key, 0)) {
      Files.copy(in, file);
      return file;
    } catch (IOException failure) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The rejects could not be fetched", failure);
    }
  }
}
