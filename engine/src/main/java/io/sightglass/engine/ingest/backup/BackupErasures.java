package io.sightglass.engine.ingest.backup;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.erasure.ErasureCertificates;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * Erasures that came after the backups at a place: their certificates lie beside them, in the part
 * of the vault, so that a restore registers them anew. Stateless.
 */
public final class BackupErasures {

  private static final String FOLDER = "erasures/";
  private static final String ENDING = ".json";

  private BackupErasures() {}

  /**
   * Notes an erasure; again is nothing.
   *
   * @param set of a backup at that place
   * @return false where that backup is no more
   * @throws EngineException {@code STORE_UNAVAILABLE}
   */
  public static boolean note(BackupStores place, String set, Erasure erasure) {
    if (place.ordinary().find(BackupSet.key(set)).isEmpty()) {
      return false;
    }
    String key = FOLDER + erasure.id() + ENDING;
    if (place.vault().find(key).isEmpty()) {
      place
          .vault()
          .create(key, ErasureCertificates.write(erasure).getBytes(StandardCharsets.UTF_8));
    }
    return true;
  }

  /** All that were noted. */
  static List<Erasure> list(BackupStores place) {
    try (Stream<StoredObject> objects = place.vault().list(FOLDER)) {
      return objects
          .map(StoredObject::key)
          .filter(key -> key.endsWith(ENDING))
          .sorted()
          .map(key -> read(place, key))
          .toList();
    }
  }

  private static Erasure read(BackupStores place, String key) {
    try (InputStream in = place.vault().read(key, 0)) {
      return ErasureCertificates.read(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "A backup cannot be read", e);
    }
  }
}
