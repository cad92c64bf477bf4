package io.sightglass.engine.ingest.unpack;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** How many bytes of the source stand behind text that has become UTF-8. Immutable. */
public final class SourceWidth {

  private enum Kind {
    UTF_8,
    UTF_16,
    UTF_32,
    SINGLE_BYTE,
    /** Known by encoding the text once more. */
    OTHER
  }

  private final Charset charset;
  private final Kind kind;

  private SourceWidth(Charset charset) {
    this.charset = charset;
    kind =
        charset.equals(StandardCharsets.UTF_8)
            ? Kind.UTF_8
            : charset.name().contains("UTF-16")
                ? Kind.UTF_16
                : charset.name().contains("UTF-32")
                    ? Kind.UTF_32
                    : isSingleByte(charset) ? Kind.SINGLE_BYTE : Kind.OTHER;
  }

  public static SourceWidth of(String encoding) {
    return new SourceWidth(Charset.forName(encoding));
  }

  static boolean isSingleByte(Charset charset) {
    return charset.canEncode() && charset.newEncoder().maxBytesPerChar() == 1;
  }

  /** The size in the source of a part of {@code utf8} that begins and ends between characters. */
  public long of(byte[] utf8, int from, int to) {
    return switch (kind) {
      case UTF_8 -> (long) to - from;
      case UTF_16 -> 2 * units(utf8, from, to, 2);
      case UTF_32 -> 4 * units(utf8, from, to, 1);
      case SINGLE_BYTE -> units(utf8, from, to, 1);
      case OTHER ->
          new String(utf8, from, to - from, StandardCharsets.UTF_8).getBytes(charset).length;
    };
  }

  /** Characters, those beyond the basic plane counted so many times. */
  private static long units(byte[] utf8, int from, int to, int beyond) {
    long units = 0;
    for (int index = from; index < to; index++) {
      int value = utf8[index] & 0xff;
      if (value < 0x80 || value >= 0xc0) {
        units += value >= 0xf0 ? beyond : 1;
      }
    }
    return units;
  }
}
