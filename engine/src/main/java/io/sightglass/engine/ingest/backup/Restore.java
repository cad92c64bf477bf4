package io.sightglass.engine.ingest.backup;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.DatabaseCopy;
import io.sightglass.engine.ingest.LoadSettings;
import io.sightglass.engine.ingest.LoadStores;
import io.sightglass.engine.ingest.StagingFolder;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.erasure.ErasureCertificates;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import io.sightglass.engine.table.Lake;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.TableFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Fills an empty deployment from a backup. Used by one thread, with no service over the deployment.
 *
 * <p>Files first, then the tables' entries in the catalog, the ledger last, in one transaction: one
 * that is killed before that is simply run again.
 */
public final class Restore {

  private final LoadStores stores;
  private final LoadSettings settings;
  private final BackupStores source;

  public Restore(LoadStores stores, LoadSettings settings, BackupStores source) {
    this.stores = stores;
    this.settings = settings;
    this.source = source;
  }

  /**
   * Restores the newest complete set. Erasures that were noted beside it are registered anew, and
   * carried out by the service when it starts.
   *
   * @param erased certificates of others that may be younger than it
   * @throws EngineException {@code NOT_FOUND} when there is none; {@code CONFLICT} when the
   *     deployment holds anything that is not of the set
   */
  public Backup.Outcome run(List<Erasure> erased) {
    BackupSet set = newest();
    Lake lake = stores.lake();
    requireEmpty(set);
    long copied = 0;
    long bytes = 0;
    long files = 0;
    try (StagingFolder folder =
        StagingFolder.create(settings.vaultFolder().resolve("maintenance"), "restore")) {
      for (Side side : Side.values()) {
        FileCopy copy = new FileCopy(source.of(side), lake.store(side), "", folder);
        List<String> keys = list(set, side);
        keys.forEach(key -> copy.copy(BackupStores.TABLES, key));
        lake.rememberRoots(side, set.roots().getOrDefault(side, List.of()));
        copied += copy.copied();
        bytes += copy.bytes();
        files += keys.size();
      }
      restoreRejects(set, folder);
    }
    restoreSecret();
    // Whoever starts over a shared database, on whichever machine, finds it in the vault.
    var _ = stores.pseudonymKeys(settings);
    for (BackupSet.SetTable table : set.tables()) {
      lake.adopt(
          table.side(),
          table.catalog(),
          new QualifiedName(table.schema(), table.name()),
          table.metadata());
    }
    restoreLedger(set);
    ErasureCertificates.register(
        stores.database(),
        Stream.concat(BackupErasures.list(source).stream(), erased.stream()).toList(),
        settings.clock().instant());
    return new Backup.Outcome(set.id(), set.tables().size(), files, copied, bytes);
  }

  private BackupSet newest() {
    Optional<String> key;
    try (Stream<StoredObject> objects = source.ordinary().list(BackupSet.SETS)) {
      key = objects.map(StoredObject::key).filter(BackupSet::isKey).max(Comparator.naturalOrder());
    }
    return BackupSet.of(
        bytes(
            source.ordinary(),
            key.orElseThrow(() ->
                new EngineException(
                    ErrorCode.NOT_FOUND,
                    "There is no complete backup here; allowed: what backup was given as TARGET"))));
  }

  private void requireEmpty(BackupSet set) {
    if (!new DatabaseCopy(stores.database()).isEmpty()) {
      throw notEmpty("the metadata database holds rows");
    }
    requireNoOtherRejects(set);
    for (Side side : Side.values()) {
      Set<QualifiedName> known =
          set.tables().stream()
              .filter(table -> table.side() == side)
              .map(table -> new QualifiedName(table.schema(), table.name()))
              .collect(Collectors.toSet());
      List<TableFolder> there = stores.lake().folders(side);
      if (there.stream().anyMatch(folder -> !known.contains(folder.name()))) {
        throw notEmpty("the catalog has tables that the backup has not");
      }
      if (there.isEmpty()) {
        Set<String> keys = new HashSet<>(list(set, side));
        try (Stream<StoredObject> objects = stores.lake().store(side).list("")) {
          if (objects.anyMatch(object -> isForeign(object.key(), keys))) {
            throw notEmpty("the warehouse holds files that the backup has not");
          }
        }
      }
    }
  }

  private void requireNoOtherRejects(BackupSet set) {
    Set<String> known = rejects(set).stream().map(RejectCopy::key).collect(Collectors.toSet());
    if (!known.containsAll(keptRejects())) {
      throw notEmpty("there are rejected lines that the backup has not");
    }
  }

  /** Rejects may lie in the vault's store, below a name that no schema has. */
  private static boolean isForeign(String key, Set<String> known) {
    return !key.startsWith("_") && !known.contains(key);
  }

  private static EngineException notEmpty(String what) {
    return new EngineException(
        ErrorCode.CONFLICT,
        "Nothing was restored: %s; allowed: an empty deployment, with no service over it"
            .formatted(what));
  }

  private List<String> list(BackupSet set, Side side) {
    return new String(
            bytes(source.of(side), BackupSet.listKey(set.id(), side)), StandardCharsets.UTF_8)
        .lines()
        .toList();
  }

  private void restoreRejects(BackupSet set, StagingFolder folder) {
    // Those of a restore that was killed may be another version's.
    keptRejects().forEach(stores.rejects()::delete);
    FileCopy copy = new FileCopy(source.vault(), stores.rejects(), "", folder);
    rejects(set).forEach(one -> copy.copyAs(BackupStores.REJECTS + one.copyKey(), one.key()));
  }

  private List<RejectCopy> rejects(BackupSet set) {
    return new String(bytes(source.vault(), BackupSet.rejectsKey(set.id())), StandardCharsets.UTF_8)
        .lines()
        .map(RejectCopy::parse)
        .toList();
  }

  private List<String> keptRejects() {
    try (Stream<StoredObject> objects = stores.rejects().list("")) {
      return objects.map(StoredObject::key).toList();
    }
  }

  private void restoreSecret() {
    byte[] secret = bytes(source.vault(), BackupStores.SECRET);
    Path file = settings.pseudonymSecret();
    try {
      if (Files.exists(file)) {
        if (!Arrays.equals(Files.readAllBytes(file), secret)) {
          throw notEmpty("there is another secret of pseudonyms");
        }
        return;
      }
      var ownerOnly =
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
      Path aside = Files.createTempFile(file.toAbsolutePath().getParent(), "secret", "", ownerOnly);
      Files.write(aside, secret);
      Files.move(aside, file);
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The secret of pseudonyms cannot be written", e);
    }
  }

  private void restoreLedger(BackupSet set) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                source.ordinary().read(BackupSet.databaseKey(set.id()), 0),
                StandardCharsets.UTF_8))) {
      new DatabaseCopy(stores.database()).read(in);
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "The ledger cannot be read", e);
    }
  }

  private static byte[] bytes(ObjectStore store, String key) {
    try (InputStream in = store.read(key, 0)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "A backup cannot be read", e);
    }
  }
}
