package io.sightglass.engine.sql;

/**
 * What a message repeats of the text that its reader wrote: cut where it is long, and where a path
 * begins, since no message shows one, not even to whoever wrote it.
 */
public final class Echo {

  private static final int LONGEST = 60;

  private Echo() {}

  /** The beginning of {@code text}, with an ellipsis where something is left out. */
  public static String of(String text) {
    int end = Math.min(text.length(), LONGEST);
    for (int i = 0; i < end; i++) {
      if (beginsPath(text, i)) {
        end = i;
      }
    }
    return end == text.length() ? text : text.substring(0, end) + "…";
  }

  private static boolean beginsPath(String text, int place) {
    char c = text.charAt(place);
    return (c == '/' || c == '\\')
        && place + 1 < text.length()
        && !Character.isWhitespace(text.charAt(place + 1));
  }
}
