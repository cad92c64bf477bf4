package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.Position;
import io.sightglass.engine.Spelling;
import io.sightglass.engine.duckdb.EngineErrors;
import io.sightglass.engine.duckdb.ShadowPlanner;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's failures of a verified statement, as its caller is to see them: with places in the
 * text that he wrote, and columns that he may have meant. Stateless.
 */
final class CallerFailures {

  private static final Logger LOG = LoggerFactory.getLogger(CallerFailures.class);

  private static final int MOST_SUGGESTED = 3;

  private CallerFailures() {}

  /**
   * The failure as it is to be shown.
   *
   * @param written what the caller wrote
   * @param before how many characters stood before the canonical text in what the engine was given
   */
  static EngineException show(
      EngineException failure, StatementPlan plan, String written, int before) {
    EngineException placed =
        failure.at(
            failure.position().flatMap(place -> place(place, plan, written, before)).orElse(null));
    return EngineErrors.findUnknownName(placed)
        .map(name ->
            placed.suggesting(
                Spelling.likes(name, plan.knownColumns()).stream().limit(MOST_SUGGESTED).toList()))
        .orElse(placed);
  }

  /** A place in the text that ran, as a place in the text that the caller wrote. */
  private static Optional<Position> place(
      Position place, StatementPlan plan, String written, int before) {
    int skipped = place.line() == 1 ? before : 0;
    if (place.column() <= skipped) {
      return Optional.empty();
    }
    String canonical = plan.guarded().text();
    try {
      ShadowPlanner parser = plan.pack().shadow();
      return new OriginalPlaces(canonical, parser.parse(canonical), written, parser.parse(written))
          .find(new Position(place.line(), place.column() - skipped));
    } catch (EngineException e) {
      LOG.debug("The place of a failure is not known: {}", e.code());
      return Optional.empty();
    }
  }
}
