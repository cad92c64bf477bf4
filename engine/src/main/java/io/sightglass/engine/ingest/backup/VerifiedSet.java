package io.sightglass.engine.ingest.backup;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.storage.Digests;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import io.sightglass.engine.table.Side;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The newest set of a backup, and the objects that it is made of, each held against the digest that
 * the set has of it. Immutable, thread-safe.
 *
 * <p>What is missing or another is {@code INVALID_REQUEST}, which names the object.
 */
final class VerifiedSet {

  private final BackupStores place;
  private final BackupSet set;

  private VerifiedSet(BackupStores place, BackupSet set) {
    this.place = place;
    this.set = set;
  }

  /**
   * The newest complete one at a place.
   *
   * @throws EngineException {@code INVALID_REQUEST} when it is damaged or of another format
   */
  static Optional<VerifiedSet> findNewest(BackupStores place) {
    return ids(place).stream()
        .max(Comparator.naturalOrder())
        .map(BackupSet::key)
        .map(newest ->
            new VerifiedSet(place, BackupSet.of(newest, bytes(place.ordinary(), newest))));
  }

  /** The ids of all complete sets at a place. */
  static List<String> ids(BackupStores place) {
    try (Stream<StoredObject> objects = place.ordinary().list(BackupSet.SETS)) {
      return objects.map(StoredObject::key).filter(BackupSet::isKey).map(BackupSet::idOf).toList();
    }
  }

  BackupSet set() {
    return set;
  }

  /** Files of tables. */
  List<ListedObject> files(Side side) {
    return list(place.of(side), BackupSet.listKey(set.id(), side));
  }

  /** Rejected lines, by {@link RejectCopy#copyKey}. */
  List<ListedObject> rejects() {
    return list(place.vault(), BackupSet.rejectsKey(set.id()));
  }

  /** The secret of pseudonyms. */
  byte[] secret() {
    return verified(place.vault(), BackupStores.SECRET);
  }

  /** A copy of the ledger's lines that nobody changes any more. */
  Path ledger(StagingFolder folder) {
    String key = BackupSet.databaseKey(set.id());
    Path file = folder.path().resolve("metadata.ndjson");
    require(place.ordinary(), key);
    try (InputStream in = place.ordinary().read(key, 0)) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      requireDigest(key, Digests.sha256(file));
    } catch (IOException e) {
      throw unreadable(e);
    }
    return file;
  }

  private List<ListedObject> list(ObjectStore store, String key) {
    return new String(verified(store, key), StandardCharsets.UTF_8)
        .lines()
        .map(ListedObject::parse)
        .toList();
  }

  private byte[] verified(ObjectStore store, String key) {
    require(store, key);
    byte[] content = bytes(store, key);
    requireDigest(key, Digests.sha256(content));
    return content;
  }

  private static void require(ObjectStore store, String key) {
    if (store.find(key).isEmpty()) {
      throw BackupSet.damaged(key, BackupSet.MISSING);
    }
  }

  private void requireDigest(String key, String actual) {
    if (!actual.equals(set.digests().get(key))) {
      throw BackupSet.damaged(key, BackupSet.DIFFERENT);
    }
  }

  private static byte[] bytes(ObjectStore store, String key) {
    try (InputStream in = store.read(key, 0)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static EngineException unreadable(IOException cause) {
    return new EngineException(
        ErrorCode.STORE_UNAVAILABLE, "A backup's object cannot be read", cause);
  }
}
