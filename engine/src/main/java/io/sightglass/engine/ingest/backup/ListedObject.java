package io.sightglass.engine.ingest.backup;

import io.sightglass.engine.storage.ObjectStore.StoredObject;

/**
 * One object of a set, and what is to be in it: a line of the set's list. Immutable.
 *
 * @param sha256 of its content, in lower-case hex
 * @param size in bytes
 * @param etag by which its store knew it when it was verified; {@link #NO_ETAG} where it knew none
 * @param key without the prefix of the list's kind
 */
record ListedObject(String sha256, long size, String etag, String key) {

  private static final String NO_ETAG = "-";
  private static final int FIELDS = 4;

  /** An object whose content is known to have that digest. */
  static ListedObject of(String sha256, StoredObject object, String key) {
    String etag = object.etag().matches("\\S+") ? object.etag() : NO_ETAG;
    return new ListedObject(sha256, object.size(), etag, key);
  }

  /** As {@link #line} has written it. */
  static ListedObject parse(String line) {
    String[] fields = line.split(" ", FIELDS);
    return new ListedObject(fields[0], Long.parseLong(fields[1]), fields[2], fields[3]);
  }

  String line() {
    return "%s %d %s %s".formatted(sha256, size, etag, key);
  }

  /** Whether nobody has written the object since, as far as its store knows. */
  boolean isStill(StoredObject object) {
    return size == object.size() && !etag.equals(NO_ETAG) && etag.equals(object.etag());
  }
}
