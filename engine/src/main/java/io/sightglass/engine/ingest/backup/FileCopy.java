package io.sightglass.engine.ingest.backup;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.ingest.StagingFolder;
import io.sightglass.engine.storage.Digests;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Copies files that never change from one store to another, each once: what is there with the same
 * size is there. Used by one thread.
 */
final class FileCopy {

  private static final Pattern DIGEST_IN_NAME = Pattern.compile(".*-([0-9a-f]{64})\\.parquet");

  private final ObjectStore from;
  private final ObjectStore to;
  private final String toPrefix;
  private final StagingFolder folder;
  private final Map<String, Long> there = new HashMap<>();
  private long copied;
  private long bytes;

  FileCopy(ObjectStore from, ObjectStore to, String toPrefix, StagingFolder folder) {
    this.from = from;
    this.to = to;
    this.toPrefix = toPrefix;
    this.folder = folder;
    try (Stream<StoredObject> objects = to.list(toPrefix)) {
      objects.forEach(object -> there.put(object.key(), object.size()));
    }
  }

  /**
   * Copies an object, its key after {@code fromPrefix} kept.
   *
   * @throws EngineException {@code NOT_FOUND} when it is not there; {@code STORE_UNAVAILABLE} when
   *     it is not what its name says
   */
  void copy(String fromPrefix, String key) {
    copyAs(fromPrefix + key, key);
  }

  /** Copies the object of a key as another. */
  void copyAs(String fromKey, String key) {
    StoredObject object = from.find(fromKey).orElseThrow(FileCopy::missing);
    Long size = there.get(toPrefix + key);
    if (size != null && size == object.size()) {
      return;
    }
    Path file = from.findLocal(object.key()).orElseGet(() -> fetch(object.key()));
    requireDigest(key, file);
    to.put(toPrefix + key, file);
    there.put(toPrefix + key, object.size());
    copied++;
    bytes += object.size();
  }

  private static EngineException missing() {
    return new EngineException(ErrorCode.NOT_FOUND, "A file to copy is missing from its store");
  }

  private Path fetch(String key) {
    Path file = folder.path().resolve("copy");
    try (InputStream in = from.read(key, 0)) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      return file;
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "A file cannot be copied", e);
    }
  }

  private static void requireDigest(String key, Path file) {
    Matcher name = DIGEST_IN_NAME.matcher(key);
    try {
      if (name.matches() && !Digests.sha256(file).equals(name.group(1))) {
        throw new EngineException(
            ErrorCode.STORE_UNAVAILABLE,
            "A data file is not what was committed, so nothing was finished; maintain --verify says which");
      }
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "A file cannot be read", e);
    }
  }

  /** How many were copied. */
  long copied() {
    return copied;
  }

  /** What those took. */
  long bytes() {
    return bytes;
  }
}
