package io.sightglass.engine.ingest.unpack;

/** Checks UTF-8, as RFC 3629 defines it. */
public final class Utf8 {

  private Utf8() {}

  /** Whether every byte belongs to a complete, shortest-form character that is no surrogate. */
  public static boolean isValid(byte[] bytes, int from, int to) {
    int index = from;
    while (index < to) {
      int first = bytes[index];
      if (first >= 0) {
        index++;
        continue;
      }
      int length =
          (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : (first & 0xf8) == 0xf0 ? 4 : 0;
      if (length == 0 || index + length > to || !isCharacter(bytes, index, length)) {
        return false;
      }
      index += length;
    }
    return true;
  }

  private static boolean isCharacter(byte[] bytes, int from, int length) {
    int value = bytes[from] & (0x7f >> length);
    for (int index = from + 1; index < from + length; index++) {
      if ((bytes[index] & 0xc0) != 0x80) {
        return false;
      }
      value = (value << 6) | (bytes[index] & 0x3f);
    }
    return switch (length) {
      case 2 -> value >= 0x80;
      case 3 -> value >= 0x800 && (value < 0xd800 || value > 0xdfff);
      case 4 -> value >= 0x10000 && value <= 0x10ffff;
      default -> throw new IllegalArgumentException("Length: " + length + "; allowed: 2 to 4");
    };
  }
}
