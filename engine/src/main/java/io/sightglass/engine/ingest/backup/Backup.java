package io.sightglass.engine.ingest.backup;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.DatabaseCopy;
import io.sightglass.engine.ingest.KnownBackups;
import io.sightglass.engine.ingest.LoadSettings;
import io.sightglass.engine.ingest.LoadStores;
import io.sightglass.engine.ingest.StagingFolder;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.TableFolder;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Copies a deployment to another place while it goes on. Used by one thread.
 *
 * <p>The ledger is copied first: a load that commits meanwhile is still running in it, and found in
 * the tables when a restored service starts. Then ordinary tables are pinned, then vault ones, so
 * that every pair is whole; then their files are copied that are not there yet; the set's own
 * object comes last. A backup that is killed has no set, and the next one goes on where it was.
 */
public final class Backup {

  private static final DateTimeFormatter ID =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

  /** A file may expire between pinning and copying: then all is pinned anew. */
  private static final int ATTEMPTS = 3;

  private final LoadStores stores;
  private final LoadSettings settings;
  private final BackupStores target;

  public Backup(LoadStores stores, LoadSettings settings, BackupStores target) {
    this.stores = stores;
    this.settings = settings;
    this.target = target;
  }

  /**
   * What a backup, or a restore, did.
   *
   * @param set its name
   * @param tables of both sides, and results of views
   * @param files that it consists of
   * @param copied of those that were not there yet
   * @param bytes of those
   */
  public record Outcome(String set, int tables, long files, long copied, long bytes) {}

  /**
   * Makes a backup.
   *
   * @throws EngineException {@code STORE_UNAVAILABLE}; run it again
   */
  public Outcome run() {
    EngineException last = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try (StagingFolder folder =
          StagingFolder.create(settings.vaultFolder().resolve("maintenance"), "backup")) {
        return run(folder);
      } catch (EngineException e) {
        if (e.code() != ErrorCode.NOT_FOUND) {
          throw e;
        }
        last = e;
      }
    }
    throw new EngineException(
        ErrorCode.STORE_UNAVAILABLE,
        "Files of tables went missing while they were copied, %d times in a row; does maintain --verify find all?"
            .formatted(ATTEMPTS),
        last);
  }

  private Outcome run(StagingFolder folder) {
    Instant begun = settings.clock().instant();
    String id = ID.format(begun) + "-" + UUID.randomUUID().toString().substring(0, 8);
    Path ledger = folder.path().resolve("metadata.ndjson");
    try (Writer out = Files.newBufferedWriter(ledger)) {
      new DatabaseCopy(stores.database()).write(out);
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "The ledger cannot be copied", e);
    }
    Map<Side, List<TableFolder.Pinned>> pins = new EnumMap<>(Side.class);
    for (Side side : List.of(Side.ORDINARY, Side.VAULT)) {
      pins.put(
          side, stores.lake().folders(side).stream().flatMap(one -> one.pin().stream()).toList());
    }
    Map<Side, Integer> counts = new HashMap<>();
    Map<Side, List<String>> roots = new HashMap<>();
    List<BackupSet.SetTable> tables = new ArrayList<>();
    long copied = 0;
    long bytes = 0;
    for (Map.Entry<Side, List<TableFolder.Pinned>> ofSide : pins.entrySet()) {
      Side side = ofSide.getKey();
      Set<String> keys = new LinkedHashSet<>();
      for (TableFolder.Pinned pin : ofSide.getValue()) {
        tables.add(
            new BackupSet.SetTable(
                side, pin.catalog(), pin.table().schema(), pin.table().name(), pin.metadataKey()));
        keys.addAll(pin.keys());
      }
      FileCopy copy =
          new FileCopy(stores.lake().store(side), target.of(side), BackupStores.TABLES, folder);
      keys.forEach(key -> copy.copy("", key));
      target.of(side).put(BackupSet.listKey(id, side), lines(keys, folder));
      counts.put(side, keys.size());
      roots.put(side, stores.lake().roots(side));
      copied += copy.copied();
      bytes += copy.bytes();
    }
    int rejects = copyRejects(id, folder);
    target.vault().put(BackupStores.SECRET, secret());
    target.ordinary().put(BackupSet.databaseKey(id), ledger);
    BackupSet set = new BackupSet(BackupSet.FORMAT, id, roots, tables, counts, rejects);
    target.ordinary().create(BackupSet.key(id), set.bytes());
    new KnownBackups(stores.database()).add(id, target.ordinary().uri(), begun);
    long files = counts.values().stream().mapToLong(Integer::longValue).sum();
    return new Outcome(id, tables.size(), files, copied, bytes);
  }

  /** Also where this machine has not loaded anything, and thus not had it before. */
  private Path secret() {
    var _ = stores.pseudonymKeys(settings);
    return settings.pseudonymSecret();
  }

  private int copyRejects(String id, StagingFolder folder) {
    FileCopy copy = new FileCopy(stores.rejects(), target.vault(), BackupStores.REJECTS, folder);
    List<RejectCopy> rejects;
    try (Stream<StoredObject> objects = stores.rejects().list("")) {
      rejects = objects.map(RejectCopy::of).toList();
    }
    rejects.forEach(one -> copy.copyAs(one.key(), one.copyKey()));
    Set<String> list = new LinkedHashSet<>();
    rejects.forEach(one -> list.add(one.line()));
    target.vault().put(BackupSet.rejectsKey(id), lines(list, folder));
    return list.size();
  }

  private static Path lines(Set<String> keys, StagingFolder folder) {
    try {
      return Files.write(folder.path().resolve("keys.txt"), keys);
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "A list cannot be staged", e);
    }
  }
}
