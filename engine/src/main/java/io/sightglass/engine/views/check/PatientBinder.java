package io.sightglass.engine.views.check;

import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.views.DefinitionBinder.Definitions;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Bound;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Failed;
import io.sightglass.engine.views.MistakeCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Binds SQL of which the engine refuses something, again and again without what it refused, so that
 * every missing column is known at once. Not thread-safe.
 */
final class PatientBinder {

  private static final int MOST_ROUNDS = 25;

  private final Definitions world;

  PatientBinder(Definitions world) {
    this.world = world;
  }

  /**
   * What binding came to.
   *
   * @param columns null when the SQL could not be bound at all
   * @param sql what was bound in the end: the SQL given, with NULL where something was refused
   * @param failures what was refused, in the order found; later ones are missing columns only
   */
  record Patience(@Nullable List<OutputColumn> columns, String sql, List<Failed> failures) {

    /** Columns that were asked for and are not there. */
    List<String> missing() {
      List<String> names = new ArrayList<>();
      for (Failed failure : failures) {
        String name = failure.name();
        if (failure.code() == MistakeCode.UNKNOWN_COLUMN && name != null) {
          names.add(name);
        }
      }
      return names;
    }
  }

  Patience bind(String sql) {
    List<Failed> failures = new ArrayList<>();
    String text = sql;
    for (int round = 0; round < MOST_ROUNDS; round++) {
      switch (world.bind(text)) {
        case Bound bound -> {
          return new Patience(bound.columns(), text, failures);
        }
        case Failed failed -> {
          // Once something is NULL, a wrong type may come from that alone.
          if (failures.isEmpty() || failed.code() == MistakeCode.UNKNOWN_COLUMN) {
            failures.add(failed);
          }
          if (SqlLines.wordsAt(text, failed.offset(), failed.length()).isEmpty()) {
            return new Patience(null, text, failures);
          }
          text = SqlLines.replaced(text, failed.offset(), failed.length(), "NULL");
        }
      }
    }
    return new Patience(null, text, failures);
  }
}
