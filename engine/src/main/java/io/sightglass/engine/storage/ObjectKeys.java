package io.sightglass.engine.storage;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

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
    String mistake = mistake(key);
    if (mistake != null) {
      throw new EngineException(ErrorCode.INVALID_REQUEST, "An object's key " + mistake);
    }
  }

  /** What is wrong with a key, as the end of a sentence; null when nothing is. */
  static @Nullable String mistake(String key) {
    if (key.isEmpty() || length(key) > MAX_BYTES) {
      return "has " + length(key) + " bytes; allowed: 1 to " + MAX_BYTES;
    }
    for (String part : key.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        return "has a part \"" + part + "\"; allowed: names between single slashes";
      }
      if (length(part) > MAX_PART_BYTES) {
        return "has a part of " + length(part) + " bytes; allowed: " + MAX_PART_BYTES;
      }
    }
    return key.chars().anyMatch(ObjectKeys::isUnreadable)
        ? "holds a control character, or one that could not be decoded"
        : null;
  }

  private static boolean isUnreadable(int character) {
    return Character.isISOControl(character) || character == '\uFFFD';
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
