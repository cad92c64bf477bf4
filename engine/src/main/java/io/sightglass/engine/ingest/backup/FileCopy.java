package io.sightglass.engine.ingest.backup;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.storage.Digests;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Copies files that never change from one store to another, each once, and no other content than
 * its digest says. Used by one thread.
 *
 * <p>What is there with the same size is read, and copied anew when it is something else. It is not
 * read where an earlier set has verified it and a remote store says that nobody has written it
 * since: such a store looks after its objects itself, which a folder does not.
 */
final class FileCopy {

  private static final Pattern DIGEST_IN_NAME = Pattern.compile(".*-([0-9a-f]{64})\\.parquet");

  private final ObjectStore from;
  private final ObjectStore to;
  private final String toPrefix;
  private final StagingFolder folder;
  private final Failures failures;
  private final Map<String, StoredObject> there = new HashMap<>();
  private final List<String> copied = new ArrayList<>();
  private long bytes;

  /** What it means that a file cannot be copied. */
  interface Failures {

    /** There is no object of the key. */
    EngineException missing(String key);

    /** The object is not what its digest says. */
    EngineException different(String key);
  }

  FileCopy(
      ObjectStore from, ObjectStore to, String toPrefix, StagingFolder folder, Failures failures) {
    this.from = from;
    this.to = to;
    this.toPrefix = toPrefix;
    this.folder = folder;
    this.failures = failures;
    try (Stream<StoredObject> objects = to.list(toPrefix)) {
      objects.forEach(object -> there.put(object.key(), object));
    }
  }

  /**
   * Copies the object of a key as another.
   *
   * @param known what is to be in it, by a set that has it; null where none has
   * @return what is there now
   * @throws EngineException {@code STORE_UNAVAILABLE}, or one of the failures that were given
   */
  ListedObject copy(String fromKey, String key, @Nullable ListedObject known) {
    StoredObject object = from.find(fromKey).orElseThrow(() -> failures.missing(fromKey));
    StoredObject before = there.get(toPrefix + key);
    if (before != null && before.size() != object.size()) {
      before = null;
    }
    boolean isRemote = before != null && to.findLocal(before.key()).isEmpty();
    if (before != null && isRemote && known != null && known.isStill(before)) {
      return known;
    }
    String expected = digest(key, known);
    if (before != null && expected != null && expected.equals(digest(to, before.key()))) {
      return ListedObject.of(expected, before, key);
    }
    Path file = from.findLocal(fromKey).orElseGet(() -> fetch(fromKey));
    String actual = digest(file);
    if (expected != null && !expected.equals(actual)) {
      throw failures.different(fromKey);
    }
    if (before != null && expected == null && actual.equals(digest(to, before.key()))) {
      return ListedObject.of(actual, before, key);
    }
    StoredObject stored = to.put(toPrefix + key, file);
    there.put(stored.key(), stored);
    copied.add(stored.key());
    bytes += object.size();
    return ListedObject.of(actual, stored, key);
  }

  private static @Nullable String digest(String key, @Nullable ListedObject known) {
    if (known != null) {
      return known.sha256();
    }
    Matcher name = DIGEST_IN_NAME.matcher(key);
    return name.matches() ? name.group(1) : null;
  }

  private Path fetch(String key) {
    Path file = folder.path().resolve("copy");
    try (InputStream in = from.read(key, 0)) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      return file;
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static String digest(ObjectStore store, String key) {
    try (InputStream in = store.read(key, 0)) {
      return Digests.sha256(in);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static String digest(Path file) {
    try {
      return Digests.sha256(file);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static EngineException unreadable(IOException cause) {
    return new EngineException(ErrorCode.STORE_UNAVAILABLE, "A file cannot be read", cause);
  }

  /** Removes what was copied. */
  void undo() {
    copied.forEach(to::delete);
    copied.clear();
  }

  /** How many were copied. */
  long copied() {
    return copied.size();
  }

  /** What those took. */
  long bytes() {
    return bytes;
  }
}
