package io.sightglass.engine;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Tells which known word somebody may have meant. Stateless. */
public final class Spelling {

  private Spelling() {}

  /** The known word with the fewest changes to {@code word}; empty when none is near. */
  public static Optional<String> findLikest(String word, Collection<String> known) {
    return known.stream()
        .filter(candidate -> isLike(word, candidate))
        .min(
            Comparator.<String>comparingInt(candidate -> distance(word, candidate))
                .thenComparing(Comparator.naturalOrder()));
  }

  /** Every known word that is near {@code word}, the nearest first, at most five. */
  public static List<String> likes(String word, Collection<String> known) {
    return known.stream()
        .filter(candidate -> isLike(word, candidate))
        .sorted(
            Comparator.<String>comparingInt(candidate -> distance(word, candidate))
                .thenComparing(Comparator.naturalOrder()))
        .limit(5)
        .toList();
  }

  /** Whether one is the other with a change for every three characters at most. */
  private static boolean isLike(String word, String candidate) {
    int most = Math.max(1, Math.max(word.length(), candidate.length()) / 3);
    return Math.abs(word.length() - candidate.length()) <= most
        && distance(word, candidate) <= most;
  }

  /**
   * Changes that make one of the other: a character put in, left out, replaced, or two neighbours
   * swapped; upper and lower case are the same.
   */
  private static int distance(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT);
    String b = right.toLowerCase(Locale.ROOT);
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      cost[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      cost[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int replace = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int least = Math.min(replace, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        cost[i][j] = swapped ? Math.min(least, cost[i - 2][j - 2] + 1) : least;
      }
    }
    return cost[a.length()][b.length()];
  }
}
