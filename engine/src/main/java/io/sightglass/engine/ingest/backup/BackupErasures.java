package io.sightglass.engine.ingest.backup;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.erasure.ErasureCertificates;
import io.sightglass.engine.storage.Digests;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Erasures that came after the backups at a place: their certificates lie beside them, in the part
 * of the vault, so that a restore registers them anew. Stateless.
 */
public final class BackupErasures {

  private static final String FOLDER = "erasures/";
  private static final String ENDING = ".json";
  private static final Pattern DIGEST_IN_NAME = Pattern.compile(".*-([0-9a-f]{64})\\.json");

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
    if (!isNoted(place, erasure)) {
      byte[] certificate = ErasureCertificates.write(erasure).getBytes(StandardCharsets.UTF_8);
      String key = FOLDER + erasure.id() + "-" + Digests.sha256(certificate) + ENDING;
      place.vault().create(key, certificate);
    }
    return true;
  }

  private static boolean isNoted(BackupStores place, Erasure erasure) {
    try (Stream<StoredObject> objects = place.vault().list(FOLDER + erasure.id())) {
      return objects.findAny().isPresent();
    }
  }

  /**
   * All that were noted.
   *
   * @throws EngineException {@code INVALID_REQUEST} when one is not as it was written
   */
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
      byte[] certificate = in.readAllBytes();
      Matcher name = DIGEST_IN_NAME.matcher(key); // earlier versions gave none
      if (name.matches() && !Digests.sha256(certificate).equals(name.group(1))) {
        throw BackupSet.damaged(key, BackupSet.DIFFERENT);
      }
      return ErasureCertificates.read(new String(certificate, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new EngineException(ErrorCode.STORE_UNAVAILABLE, "A backup cannot be read", e);
    }
  }
}
