package io.sightglass.engine.storage;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.nio.charset.StandardCharsets;

/** What a key of an object may look like, in every store. */
final class ObjectKeys {

  /** S3's own limit. */
  private static final int MAX_BYTES = 1024;

  /** The limit of every usual file system. */
  private static final int MAX_PART_BYTES = 255;

  private ObjectKeys() {}

  /**
   * Refuses what could lead out of a root, or mean different things to different stores.
   *
   * @throws EngineException {@code INVALID_REQUEST}
   */
  static void check(String key) {
    if (key.isEmpty() || length(key) > MAX_BYTES) {
      throw refused("has " + length(key) + " bytes; allowed: 1 to " + MAX_BYTES);
    }
    for (String part : key.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        throw refused("has a part \"" + part + "\"; allowed: names between single slashes");
      }
      if (length(part) > MAX_PART_BYTES) {
        throw refused("has a part of " + length(part) + " bytes; allowed: " + MAX_PART_BYTES);
      }
    }
    if (key.chars().anyMatch(Character::isISOControl)) {
      throw refused("holds a control character");
    }
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static EngineException refused(String why) {
    return new EngineException(ErrorCode.INVALID_REQUEST, "An object's key " + why);
  }
}
