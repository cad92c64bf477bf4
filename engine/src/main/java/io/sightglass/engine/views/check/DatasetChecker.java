package io.sightglass.engine.views.check;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.sql.GuardedExpression;
import io.sightglass.engine.sql.Macros;
import io.sightglass.engine.views.DefinitionBinder.Definitions;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Failed;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.check.PatientBinder.Patience;
import io.sightglass.engine.views.files.DatasetDraft;
import io.sightglass.engine.views.files.Mistakes;
import io.sightglass.engine.views.files.Place;
import java.util.stream.Collectors;

/** Checks the SQL inside dataset contracts: {@code where} and patterns. Not thread-safe. */
final class DatasetChecker {

  private final Guard guard;
  private final Definitions world;
  private final Mistakes mistakes;

  DatasetChecker(Guard guard, Definitions world, Mistakes mistakes) {
    this.guard = guard;
    this.world = world;
    this.mistakes = mistakes;
  }

  /** The dataset with canonical SQL; as it was where that is a mistake. */
  Dataset check(DatasetDraft draft) {
    Dataset dataset = draft.dataset();
    for (Column column : dataset.columns()) {
      checkPattern(column, draft.columnPlaces().getOrDefault(column.name(), draft.place()));
    }
    String where = dataset.where();
    return where == null ? dataset : withWhere(dataset, checkWhere(draft, where));
  }

  private void checkPattern(Column column, Place place) {
    String pattern = column.constraints().pattern();
    if (pattern == null) {
      return;
    }
    String sql = "SELECT regexp_full_match('', '%s')".formatted(pattern.replace("'", "''"));
    if (world.bind(sql) instanceof Failed failed) {
      mistakes.add(
          place,
          MistakeCode.WRONG_VALUE,
          "pattern \"%s\" of column \"%s\"".formatted(pattern, column.name()),
          "a regular expression of RE2 (%s)".formatted(failed.message()));
    }
  }

  private String checkWhere(DatasetDraft draft, String where) {
    Place place = draft.placeOf("where");
    SqlMistakes found = SqlMistakes.ofText(mistakes, "where", where, place);
    GuardedExpression guarded;
    try {
      guarded = guard.checkExpression(where, Macros.NONE);
    } catch (EngineException e) {
      found.add(e);
      return where;
    }
    if (!guarded.attributes().isEmpty() || !guarded.attributeLists().isEmpty()) {
      mistakes.add(
          place,
          MistakeCode.NOT_ALLOWED,
          "where: attribute()",
          "columns of the dataset; nobody asks here");
      return where;
    }
    String columns =
        draft.dataset().columns().stream()
            .map(column ->
                "CAST(NULL AS %s) AS \"%s\"".formatted(column.type().sql(), column.name()))
            .collect(Collectors.joining(", "));
    String sql = "SELECT (%s) FROM (SELECT %s) AS typed".formatted(guarded.text(), columns);
    Patience patience = new PatientBinder(world).bind(sql);
    for (Failed failure : patience.failures()) {
      if (draft.complete() || failure.code() == MistakeCode.UNKNOWN_COLUMN) {
        found.add(failure, sql);
      }
    }
    if (patience.failures().isEmpty()
        && patience.columns() != null
        && !patience.columns().getFirst().type().equals("BOOLEAN")) {
      mistakes.add(
          place,
          MistakeCode.TYPE_MISMATCH,
          "where of type " + patience.columns().getFirst().type(),
          "BOOLEAN");
    }
    return guarded.text();
  }

  private static Dataset withWhere(Dataset dataset, String where) {
    return new Dataset(
        dataset.name(),
        dataset.description(),
        dataset.owner(),
        dataset.grain(),
        dataset.contact(),
        dataset.sources(),
        dataset.load(),
        dataset.key(),
        dataset.latestBy(),
        where,
        dataset.partition(),
        dataset.expect(),
        dataset.retention(),
        dataset.parts(),
        dataset.control(),
        dataset.scan(),
        dataset.columns());
  }
}
