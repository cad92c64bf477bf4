package io.sightglass.engine.ingest.stores;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import java.time.Instant;
import java.util.List;

/** The backups that were made of a deployment. Thread-safe; immutable. */
public final class KnownBackups {

  private final MetadataDatabase database;

  public KnownBackups(MetadataDatabase database) {
    this.database = database;
  }

  /**
   * One backup.
   *
   * @param set its name
   * @param target the address of its ordinary part; the vault's is beside it
   * @param begunAt an instant in ISO 8601
   */
  public record Made(
      @JsonProperty("set") String set,
      @JsonProperty("target") String target,
      @JsonProperty("begunAt") String begunAt) {}

  /**
   * Notes a backup that is complete, or is in a moment.
   *
   * @return 0 where it is noted already
   */
  public static int add(Transaction transaction, String set, String target, Instant begunAt) {
    return transaction.update(
        "INSERT INTO backup_sets (id, target, begun_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        set,
        target,
        begunAt);
  }

  /** Those that had begun by then, the oldest first; whether they still are there nobody knows. */
  public List<Made> until(Instant instant) {
    return database.read(transaction ->
        transaction.list(
            "SELECT * FROM backup_sets WHERE begun_at <= ? ORDER BY begun_at, id",
            row -> new Made(row.text("id"), row.text("target"), row.instant("begun_at").toString()),
            instant));
  }
}
