package io.sightglass.engine.query;

import io.sightglass.engine.Spelling;
import io.sightglass.engine.views.CallerPolicy.VisibleView;
import java.util.Collection;
import java.util.List;

/** Columns that a caller may have meant, out of those that he may know. */
final class ColumnSuggestions {

  private static final int MOST = 3;

  private ColumnSuggestions() {}

  /** The nearest columns of {@code views}, the nearest first; none when all are far away. */
  static List<String> of(String written, Collection<VisibleView> views) {
    List<String> known =
        views.stream()
            .flatMap(view -> view.columns().stream())
            .map(column -> column.column().name())
            .distinct()
            .toList();
    return Spelling.likes(written, known).stream().limit(MOST).toList();
  }
}
