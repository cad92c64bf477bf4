package io.sightglass.engine.ingest.backup;

import io.sightglass.engine.storage.Digests;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Where a backup keeps one file of rejected lines. Unlike tables' files they change: an erasure
 * writes one anew under its name, a retry too. Each version is kept under a name of its own, so
 * that no set has what came before it, nor a set that was not finished changes an older one.
 * Immutable.
 *
 * @param key in the deployment
 * @param version 16 hex digits
 */
record RejectCopy(String key, String version) {

  private static final int VERSION_BYTES = 8;

  static RejectCopy of(StoredObject object) {
    byte[] digest =
        Digests.sha256()
            .digest(
                "%s %d".formatted(object.etag(), object.size()).getBytes(StandardCharsets.UTF_8));
    return new RejectCopy(object.key(), HexFormat.of().formatHex(digest, 0, VERSION_BYTES));
  }

  /** As {@link #copyKey} has named it. */
  static RejectCopy parse(String copyKey) {
    int slash = copyKey.indexOf('/');
    return new RejectCopy(copyKey.substring(slash + 1), copyKey.substring(0, slash));
  }

  /** In the backup, below {@link BackupStores#REJECTS}. */
  String copyKey() {
    return version + "/" + key;
  }
}
