package io.sightglass.web.wiring;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what somebody may have meant. */
final class Spelling {

  private Spelling() {}

  /** The nearest known word, when at most half of its letters, and three, differ. */
  static Optional<String> findNearest(String seen, Collection<String> known) {
    return known.stream()
        .filter(word -> distance(seen, word) <= Math.clamp(word.length() / 2, 1, 3))
        .min(Comparator.comparingInt(word -> distance(seen, word)));
  }

  /** Levenshtein's distance. */
  private static int distance(String left, String right) {
    int[] row = new int[right.length() + 1];
    for (int column = 0; column <= right.length(); column++) {
      row[column] = column;
    }
    for (int line = 1; line <= left.length(); line++) {
      int diagonal = row[0];
      row[0] = line;
      for (int column = 1; column <= right.length(); column++) {
        int above = row[column];
        int change = left.charAt(line - 1) == right.charAt(column - 1) ? 0 : 1;
        row[column] = Math.min(diagonal + change, 1 + Math.min(above, row[column - 1]));
        diagonal = above;
      }
    }
    return row[right.length()];
  }
}
