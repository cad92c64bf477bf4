package io.sightglass.engine.ingest.backup;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.DatabaseCopy;
import io.sightglass.engine.database.Transaction;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.erasure.ErasureCertificates;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.KnownBackups;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import io.sightglass.engine.table.Lake;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.TableFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Fills an empty deployment from a backup. Used by one thread, with no service over the deployment.
 *
 * <p>Whatever is read is held against its digest first. Files come first, then the tables' entries
 * in the catalog, the ledger last, in one transaction: one that is killed before that is simply run
 * again.
 */
public final class Restore {

  private static final FileCopy.Failures FAILURES =
      new FileCopy.Failures() {
        @Override
        public EngineException missing(String key) {
          return BackupSet.damaged(key, BackupSet.MISSING);
        }

        @Override
        public EngineException different(String key) {
          return BackupSet.damaged(key, BackupSet.DIFFERENT);
        }
      };

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
   * @throws EngineException {@code NOT_FOUND} when there is none; {@code INVALID_REQUEST} when
   *     anything of it is not as it was written, and what has been copied is removed again; {@code
   *     CONFLICT} when the deployment holds anything that is not of the set
   */
  public Backup.Outcome run(List<Erasure> erased) {
    VerifiedSet verified =
        VerifiedSet.findNewest(source)
            .orElseThrow(() ->
                new EngineException(
                    ErrorCode.NOT_FOUND,
                    "There is no complete backup here; allowed: what backup was given as TARGET"));
    try (StagingFolder folder =
        StagingFolder.create(settings.vaultFolder().resolve("maintenance"), "restore")) {
      return run(verified, erased, folder);
    }
  }

  /** Whatever may be damaged is read before anybody could see any of it. */
  private Backup.Outcome run(VerifiedSet verified, List<Erasure> erased, StagingFolder folder) {
    BackupSet set = verified.set();
    Map<Side, List<ListedObject>> files = new EnumMap<>(Side.class);
    for (Side side : Side.values()) {
      files.put(side, verified.files(side));
    }
    List<ListedObject> rejects = verified.rejects();
    byte[] secret = verified.secret();
    Path ledger = verified.ledger(folder);
    List<Erasure> noted = BackupErasures.list(source);
    requireEmpty(set, files, rejects, secret);
    long copied = 0;
    long bytes = 0;
    for (FileCopy copy : copyAll(files, rejects, folder)) {
      copied += copy.copied();
      bytes += copy.bytes();
    }
    restoreSecret(secret);
    // Whoever starts over a shared database, on whichever machine, finds it in the vault.
    var _ = stores.pseudonymKeys(settings);
    Lake lake = stores.lake();
    for (Side side : Side.values()) {
      lake.rememberRoots(side, set.roots().getOrDefault(side, List.of()));
    }
    for (BackupSet.SetTable table : set.tables()) {
      lake.adopt(
          table.side(),
          table.catalog(),
          new QualifiedName(table.schema(), table.name()),
          table.metadata());
    }
    List<Erasure> certificates = Stream.concat(noted.stream(), erased.stream()).toList();
    List<String> sets = VerifiedSet.ids(source);
    restoreLedger(
        ledger,
        transaction -> {
          ErasureCertificates.register(transaction, certificates, settings.clock().instant());
          // Whoever is erased from now on is in them, and no set's ledger has the set itself.
          sets.forEach(id ->
              KnownBackups.add(transaction, id, source.ordinary().uri(), BackupSet.begunAt(id)));
        });
    long all = files.values().stream().mapToLong(List::size).sum();
    return new Backup.Outcome(set.id(), set.tables().size(), all, copied, bytes);
  }

  /**
   * Copies tables' files and rejected lines. Of a damaged backup nothing stays: what it leaves
   * would be in the way of another one.
   *
   * @return what was done for tables
   */
  private List<FileCopy> copyAll(
      Map<Side, List<ListedObject>> files, List<ListedObject> rejects, StagingFolder folder) {
    List<FileCopy> copies = new ArrayList<>();
    FileCopy ofRejects = copyTo(stores.rejects(), source.vault(), folder);
    try {
      for (Side side : Side.values()) {
        FileCopy copy = copyTo(stores.lake().store(side), source.of(side), folder);
        copies.add(copy);
        files
            .getOrDefault(side, List.of())
            .forEach(one -> copy.copy(BackupStores.TABLES + one.key(), one.key(), one));
      }
      rejects.forEach(one ->
          ofRejects.copy(BackupStores.REJECTS + one.key(), RejectCopy.parse(one.key()).key(), one));
      return copies;
    } catch (EngineException failure) {
      if (failure.code() == ErrorCode.INVALID_REQUEST) {
        copies.forEach(FileCopy::undo);
        ofRejects.undo();
      }
      throw failure;
    }
  }

  private static FileCopy copyTo(ObjectStore store, ObjectStore from, StagingFolder folder) {
    return new FileCopy(from, store, "", folder, FAILURES);
  }

  private void requireEmpty(
      BackupSet set,
      Map<Side, List<ListedObject>> files,
      List<ListedObject> rejects,
      byte[] secret) {
    if (!new DatabaseCopy(stores.database()).isEmpty()) {
      throw notEmpty("the metadata database holds rows");
    }
    requireNoOtherSecret(secret);
    requireNoOtherRejects(rejects);
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
        Set<String> keys =
            files.getOrDefault(side, List.of()).stream()
                .map(ListedObject::key)
                .collect(Collectors.toSet());
        try (Stream<StoredObject> objects = stores.lake().store(side).list("")) {
          if (objects.anyMatch(object -> isForeign(object.key(), keys))) {
            throw notEmpty("the warehouse holds files that the backup has not");
          }
        }
      }
    }
  }

  private void requireNoOtherSecret(byte[] secret) {
    Path file = settings.pseudonymSecret();
    try {
      if (Files.exists(file) && !Arrays.equals(Files.readAllBytes(file), secret)) {
        throw notEmpty("there is another secret of pseudonyms");
      }
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The secret of pseudonyms cannot be read", e);
    }
  }

  private void requireNoOtherRejects(List<ListedObject> rejects) {
    Set<String> known =
        rejects.stream().map(one -> RejectCopy.parse(one.key()).key()).collect(Collectors.toSet());
    try (Stream<StoredObject> objects = stores.rejects().list("")) {
      if (objects.anyMatch(object -> !known.contains(object.key()))) {
        throw notEmpty("there are rejected lines that the backup has not");
      }
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

  private void restoreSecret(byte[] secret) {
    Path file = settings.pseudonymSecret();
    if (Files.exists(file)) {
      return;
    }
    try {
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

  private void restoreLedger(Path ledger, Consumer<Transaction> besides) {
    try (BufferedReader in = Files.newBufferedReader(ledger)) {
      new DatabaseCopy(stores.database()).read(in, besides);
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "The ledger cannot be read", e);
    }
  }
}
