package io.sightglass.engine.ingest.backup;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.DatabaseCopy;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.erasure.ErasureCertificates;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.KnownBackups;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.storage.Digests;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.TableFolder;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies a deployment to another place while it goes on. Used by one thread.
 *
 * <p>The ledger is copied first: a load that commits meanwhile is still running in it, and found in
 * the tables when a restored service starts. Then ordinary tables are pinned, then vault ones, so
 * that every pair is whole; then their files are copied that are not there yet; the set's own
 * object comes last, and beside it the erasures that ran meanwhile. A backup that is killed has no
 * set, and the next one goes on where it was.
 */
public final class Backup {

  private static final Logger LOG = LoggerFactory.getLogger(Backup.class);

  /** A file may expire between pinning and copying: then all is pinned anew. */
  private static final int ATTEMPTS = 3;

  private static final FileCopy.Failures FAILURES =
      new FileCopy.Failures() {
        @Override
        public EngineException missing(String key) {
          return new EngineException(
              ErrorCode.NOT_FOUND, "A file to copy is missing from its store");
        }

        @Override
        public EngineException different(String key) {
          return new EngineException(
              ErrorCode.STORE_UNAVAILABLE,
              "File \"%s\" is not what was committed, so nothing was finished; maintain --verify says whether there are more"
                  .formatted(key));
        }
      };

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
    String id = BackupSet.id(begun);
    Set<String> erased = ErasureCertificates.ended(stores.database());
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
    Optional<VerifiedSet> earlier = findEarlier();
    Map<String, String> digests = new HashMap<>();
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
          new FileCopy(
              stores.lake().store(side), target.of(side), BackupStores.TABLES, folder, FAILURES);
      Map<String, ListedObject> known = byKey(earlier, set -> set.files(side));
      put(
          target.of(side),
          BackupSet.listKey(id, side),
          lines(keys.stream().map(key -> copy.copy(key, key, known.get(key))), folder),
          digests);
      counts.put(side, keys.size());
      roots.put(side, stores.lake().roots(side));
      copied += copy.copied();
      bytes += copy.bytes();
    }
    int rejects = copyRejects(id, folder, earlier, digests);
    put(target.vault(), BackupStores.SECRET, secret(), digests);
    put(target.ordinary(), BackupSet.databaseKey(id), ledger, digests);
    BackupSet set = new BackupSet(id, roots, tables, counts, rejects, digests);
    // Known first: no set is there that an erasure does not name.
    stores
        .database()
        .inTransaction(
            transaction -> KnownBackups.add(transaction, id, target.ordinary().uri(), begun));
    target.ordinary().create(BackupSet.key(id), set.bytes());
    noteErasures(id, erased);
    long files = counts.values().stream().mapToLong(Integer::longValue).sum();
    return new Outcome(id, tables.size(), files, copied, bytes);
  }

  /**
   * Notes the erasures that are not in what was copied for certain: whoever ran one meanwhile did
   * not know of this backup. Whoever begins one from now on does.
   *
   * @param ended those that had come to their end before anything was copied
   */
  private void noteErasures(String id, Set<String> ended) {
    for (Erasure erasure : ErasureCertificates.without(stores.database(), ended)) {
      var _ = BackupErasures.note(target, id, erasure);
    }
  }

  /** Also where this machine has not loaded anything, and thus not had it before. */
  private Path secret() {
    var _ = stores.pseudonymKeys(settings);
    return settings.pseudonymSecret();
  }

  /** What it has verified need not be read again; nothing where it is none to rely on. */
  private Optional<VerifiedSet> findEarlier() {
    try {
      return VerifiedSet.findNewest(target);
    } catch (EngineException e) {
      return unreliable(e, Optional.empty());
    }
  }

  private static Map<String, ListedObject> byKey(
      Optional<VerifiedSet> earlier, Function<VerifiedSet, List<ListedObject>> list) {
    try {
      return earlier.map(list).orElse(List.of()).stream()
          .collect(Collectors.toMap(ListedObject::key, Function.identity()));
    } catch (EngineException e) {
      return unreliable(e, Map.of());
    }
  }

  /** Another failure than that of the earlier set's content is this backup's own. */
  private static <T> T unreliable(EngineException failure, T nothing) {
    if (failure.code() != ErrorCode.INVALID_REQUEST) {
      throw failure;
    }
    LOG.warn("The backup before this one is not relied on, all its files are read", failure);
    return nothing;
  }

  private int copyRejects(
      String id, StagingFolder folder, Optional<VerifiedSet> earlier, Map<String, String> digests) {
    FileCopy copy =
        new FileCopy(stores.rejects(), target.vault(), BackupStores.REJECTS, folder, FAILURES);
    List<RejectCopy> rejects;
    try (Stream<StoredObject> objects = stores.rejects().list("")) {
      rejects = objects.map(RejectCopy::of).toList();
    }
    Map<String, ListedObject> known = byKey(earlier, VerifiedSet::rejects);
    Stream<ListedObject> copied =
        rejects.stream().map(one -> copy.copy(one.key(), one.copyKey(), known.get(one.copyKey())));
    put(target.vault(), BackupSet.rejectsKey(id), lines(copied, folder), digests);
    return rejects.size();
  }

  private static void put(ObjectStore store, String key, Path file, Map<String, String> digests) {
    try {
      digests.put(key, Digests.sha256(file));
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "A file cannot be read", e);
    }
    store.put(key, file);
  }

  private static Path lines(Stream<ListedObject> objects, StagingFolder folder) {
    List<String> lines = objects.map(ListedObject::line).toList();
    try {
      return Files.write(folder.path().resolve("keys.txt"), lines);
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "A list cannot be staged", e);
    }
  }
}
