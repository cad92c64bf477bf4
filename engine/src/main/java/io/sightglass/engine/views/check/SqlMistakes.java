package io.sightglass.engine.views.check;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Failed;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.files.Mistakes;
import io.sightglass.engine.views.files.Place;
import java.util.Map;

/**
 * Notes what the guard or the engine refuses of an author's SQL, at its line.
 *
 * @param what begins every message: which SQL it is; empty for a file of its own
 * @param written the SQL as its author wrote it
 * @param start the place of its first line
 * @param multiline whether the text's own lines are lines of the file
 */
record SqlMistakes(Mistakes mistakes, String what, String written, Place start, boolean multiline) {

  private static final Map<ErrorCode, MistakeCode> CODES =
      Map.of(
          ErrorCode.SYNTAX_ERROR, MistakeCode.SYNTAX_ERROR,
          ErrorCode.UNKNOWN_NAME, MistakeCode.UNKNOWN_NAME,
          ErrorCode.AMBIGUOUS_NAME, MistakeCode.UNKNOWN_NAME,
          ErrorCode.TYPE_MISMATCH, MistakeCode.TYPE_MISMATCH);

  /** For the SQL of a file, which begins on the file's first line. */
  static SqlMistakes ofFile(Mistakes mistakes, String sql, Place file) {
    return new SqlMistakes(mistakes, "", sql, new Place(file.path(), 1), true);
  }

  /** For SQL inside YAML: all of it is said to stand where it begins. */
  static SqlMistakes ofText(Mistakes mistakes, String what, String sql, Place place) {
    return new SqlMistakes(mistakes, what + ": ", sql, place, false);
  }

  /** Notes what the guard refuses. */
  void add(EngineException refusal) {
    int line =
        refusal
            .position()
            .map(position -> position.line() - 1)
            .orElseGet(() -> SqlLines.lineOf(written, "", "", -1));
    String meant =
        refusal.suggestions().isEmpty()
            ? ""
            : "; did you mean %s?".formatted(String.join(", ", refusal.suggestions()));
    mistakes.add(
        at(line),
        CODES.getOrDefault(refusal.code(), MistakeCode.NOT_ALLOWED),
        what + refusal.detail() + meant);
  }

  /** Notes what the engine refuses. */
  void add(Failed failure, String canonical) {
    String name = failure.name();
    String word =
        name != null ? name : SqlLines.wordsAt(canonical, failure.offset(), failure.length());
    Place place = at(SqlLines.lineOf(written, canonical, word, failure.offset()));
    if (failure.code() == MistakeCode.UNKNOWN_COLUMN && name != null) {
      mistakes.addUnknown(
          place, MistakeCode.UNKNOWN_COLUMN, what + "column", name, failure.candidates());
    } else {
      mistakes.add(place, failure.code(), what + failure.message());
    }
  }

  /** The place of a word. */
  Place placeOf(String word) {
    return at(SqlLines.lineOf(written, "", word, -1));
  }

  private Place at(int line) {
    return multiline ? start.down(line) : start;
  }
}
