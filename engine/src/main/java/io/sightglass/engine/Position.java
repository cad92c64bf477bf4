package io.sightglass.engine;

/** A place in a text, both counted from 1; columns count characters (code points). */
public record Position(int line, int column) {

  /**
   * The place of the byte at {@code utf8Offset} (from 0) in {@code text}; offsets past the end mean
   * the end. DuckDB counts bytes, people count characters.
   */
  public static Position ofByte(String text, long utf8Offset) {
    int line = 1;
    int column = 1;
    long bytes = 0;
    for (int index = 0; index < text.length() && bytes < utf8Offset; ) {
      int codePoint = text.codePointAt(index);
      bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      index += Character.charCount(codePoint);
      if (codePoint == '\n') {
        line++;
        column = 1;
      } else {
        column++;
      }
    }
    return new Position(line, column);
  }
}
