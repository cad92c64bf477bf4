package io.sightglass.engine.ingest.maintenance;

import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.table.Side;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Files whose last snapshot has expired, and when: noted before it does, so that a crash leaves at
 * worst a note too many. Thread-safe.
 */
final class ExpiredFiles {

  private final MetadataDatabase database;

  ExpiredFiles(MetadataDatabase database) {
    this.database = database;
  }

  /** Notes files; of one that is noted already the later instant counts. */
  void add(Side side, Collection<String> keys, Instant expiredAt) {
    List<List<Object>> rows = new ArrayList<>();
    keys.forEach(key -> rows.add(List.of(side, key, expiredAt)));
    database.inTransaction(transaction -> {
      transaction.batch(
          """
          INSERT INTO expired_files (side, object_key, expired_at) VALUES (?, ?, ?)
          ON CONFLICT (side, object_key) DO UPDATE SET expired_at = excluded.expired_at\
          """,
          rows);
      return null;
    });
  }

  /** When the files below a prefix expired, by key. */
  Map<String, Instant> below(Side side, String prefix) {
    Map<String, Instant> expired = new TreeMap<>();
    database
        .read(transaction ->
            transaction.list(
                "SELECT object_key, expired_at FROM expired_files WHERE side = ?",
                row -> Map.entry(row.text("object_key"), row.instant("expired_at")),
                side))
        .stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .forEach(entry -> expired.put(entry.getKey(), entry.getValue()));
    return expired;
  }

  /** Forgets files that are gone, or that something refers to again. */
  void remove(Side side, Collection<String> keys) {
    List<List<Object>> rows = new ArrayList<>();
    keys.forEach(key -> rows.add(List.of(side, key)));
    database.inTransaction(transaction -> {
      transaction.batch("DELETE FROM expired_files WHERE side = ? AND object_key = ?", rows);
      return null;
    });
  }
}
