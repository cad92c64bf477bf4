package io.sightglass.engine.query;

import io.sightglass.engine.views.CallerPolicy.VisibleView;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Columns that a caller may have meant, out of those that he may know. */
final class ColumnSuggestions {

  private static final int MOST = 3;

  private ColumnSuggestions() {}

  /** The nearest columns of {@code views}, the nearest first; none when all are far away. */
  static List<String> of(String written, Collection<VisibleView> views) {
    String name = written.toLowerCase(Locale.ROOT);
    int most = Math.max(2, name.length() / 3);
    return views.stream()
        .flatMap(view -> view.columns().stream())
        .map(column -> column.column().name())
        .distinct()
        .filter(column -> distance(name, column) <= most)
        .sorted(Comparator.comparingInt(column -> distance(name, column)))
        .limit(MOST)
        .toList();
  }

  /** Levenshtein's distance. */
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int column = 0; column <= other.length(); column++) {
      row[column] = column;
    }
    for (int line = 1; line <= one.length(); line++) {
      int diagonal = row[0];
      row[0] = line;
      for (int column = 1; column <= other.length(); column++) {
        int above = row[column];
        int change = one.charAt(line - 1) == other.charAt(column - 1) ? 0 : 1;
        row[column] = Math.min(Math.min(above, row[column - 1]) + 1, diagonal + change);
        diagonal = above;
      }
    }
    return row[other.length()];
  }
}
