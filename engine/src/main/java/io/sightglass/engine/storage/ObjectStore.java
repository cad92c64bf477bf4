package io.sightglass.engine.storage;

import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A flat store of objects by key below one root: a folder, or a bucket with a prefix. Thread-safe.
 *
 * <p>Keys use {@code /} and never start with one; {@code ..} is refused. An object appears whole or
 * not at all. Failures are {@link io.sightglass.engine.EngineException} {@code STORE_UNAVAILABLE}
 * (worth another try), {@code NOT_FOUND}, or {@code CONFLICT} from {@link #create}.
 */
public interface ObjectStore {

  /**
   * One object as it is now.
   *
   * @param etag changes whenever the content does
   * @param version the store's own version id; null where it keeps none
   * @param size in bytes
   */
  record StoredObject(
      String key, String etag, @Nullable String version, long size, Instant lastModified) {}

  /** Every object whose key starts with {@code prefix}, in key order. The caller closes it. */
  Stream<StoredObject> list(String prefix);

  Optional<StoredObject> find(String key);

  /**
   * The bytes from {@code offset} on. The caller closes it.
   *
   * @throws io.sightglass.engine.EngineException {@code NOT_FOUND}
   */
  InputStream read(String key, long offset);

  /** Stores the file's content under {@code key}, replacing what was there. */
  StoredObject put(String key, Path file);

  /**
   * Stores bytes only where nothing is stored yet.
   *
   * @throws io.sightglass.engine.EngineException {@code CONFLICT} when the key exists with other
   *     content; the same content counts as created
   */
  StoredObject create(String key, byte[] content);

  /** Removes the object; nothing happens when there is none. */
  void delete(String key);

  /**
   * Removes what interrupted writes have left, which no key leads to, if it began before {@code
   * before}.
   *
   * @return how many writes
   */
  int removeUnfinished(Instant before);

  /** The file that an object already is on this machine; empty for a remote store. */
  Optional<Path> findLocal(String key);

  /** The root as a URI, without a closing slash: {@code file:/…} or {@code s3://…}. */
  String uri();
}
