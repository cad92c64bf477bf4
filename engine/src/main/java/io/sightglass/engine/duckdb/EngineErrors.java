package io.sightglass.engine.duckdb;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.Position;
import io.sightglass.engine.sql.Echo;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns what the engine says into what a caller may read: a code, our own words, a position.
 *
 * <p>The engine's text can hold values, paths and hidden names, so none of it passes, but for the
 * one name that the statement itself wrote at the place of the failure. The cause that goes with
 * the result is redacted too: it may be logged.
 */
public final class EngineErrors {

  private static final Pattern KIND =
      Pattern.compile("(?:.*?message=)?([A-Za-z][A-Za-z -]*?) Error: (.*)", Pattern.DOTALL);
  private static final Pattern AMBIGUOUS =
      Pattern.compile("Ambiguous reference to (?:column name|table) \"([^\"]+)\".*");
  private static final List<Pattern> UNKNOWN =
      List.of(
          Pattern.compile("Referenced (?:column|table) \"([^\"]+)\" (?:was )?not found.*"),
          Pattern.compile(".*does not have a column named \"([^\"]+)\".*"),
          Pattern.compile("Column \"([^\"]+)\" in (?:EXCLUDE|REPLACE|RENAME) list not found.*"),
          Pattern.compile("Column \"([^\"]+)\" does not exist on .* side of join.*"),
          Pattern.compile("Could not find key \"([^\"]+)\" in struct.*"));
  private static final Pattern MISMATCH =
      Pattern.compile(
          "(?:No function matches the given name and argument types|Could not choose a best"
              + " candidate function|Cannot compare values of type|Cannot mix values of type|Cannot"
              + " deduce template type|Cannot combine types|UNNEST\\(\\) can only be applied|Set"
              + " operations can only apply|.*an explicit cast is required|.*type mismatch|.*arguments"
              + " must be of the same).*",
          Pattern.DOTALL | Pattern.CASE_INSENSITIVE);
  private static final Pattern DIVISION = Pattern.compile("Division by zero.*", Pattern.DOTALL);
  private static final Pattern SPILL =
      Pattern.compile(".*max_temp_directory_size.*", Pattern.DOTALL);
  private static final Pattern PLACE =
      Pattern.compile("\\nLINE (\\d+): ([^\\n]*)\\n( *)\\^", Pattern.DOTALL);
  private static final Pattern VALUES = Pattern.compile("'[^']*'|\"[^\"]*\"|[0-9]+|/[^ ]*");

  private EngineErrors() {}

  /** What went wrong, before any of it is put into words. */
  private record Diagnosis(ErrorCode code, String detail) {}

  /**
   * The failure as the caller may see it.
   *
   * @param failure of the driver
   * @param sql the text that ran
   */
  public static EngineException translate(Throwable failure, String sql) {
    if (failure instanceof EngineException known) {
      return known;
    }
    String text = String.valueOf(failure.getMessage());
    Matcher matcher = KIND.matcher(text);
    String kind = matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "";
    String message = matcher.matches() ? matcher.group(2) : text;
    Diagnosis diagnosis = diagnose(kind, message);
    return new EngineException(diagnosis.code, diagnosis.detail, redacted(failure, kind, message))
        .at(findPosition(message, sql).orElse(null));
  }

  /** Whether the database is of no use after this failure. */
  public static boolean isFatal(Throwable failure) {
    Matcher matcher = KIND.matcher(String.valueOf(failure.getMessage()));
    if (!matcher.matches()) {
      return false;
    }
    String kind = matcher.group(1).toLowerCase(Locale.ROOT);
    return kind.equals("internal") || kind.equals("fatal");
  }

  private static Diagnosis diagnose(String kind, String message) {
    return switch (kind) {
      case "parser", "syntax" ->
          new Diagnosis(ErrorCode.SYNTAX_ERROR, "The statement is not valid SQL here");
      case "binder", "catalog" -> diagnoseBinding(message);
      case "conversion" ->
          new Diagnosis(
              ErrorCode.CAST_FAILED,
              "A value cannot be converted to the type asked for; TRY_CAST gives NULL instead");
      case "mismatch type" ->
          new Diagnosis(ErrorCode.TYPE_MISMATCH, "The types do not fit each other here");
      case "out of range" ->
          new Diagnosis(
              ErrorCode.OUT_OF_RANGE,
              "A value lies outside the range of its type; cast to a wider type, or use TRY(…)");
      case "out of memory" ->
          SPILL.matcher(message).matches()
              ? new Diagnosis(
                  ErrorCode.SPILL_LIMIT,
                  "The statement needs more room for intermediate results than there is")
              : new Diagnosis(
                  ErrorCode.MEMORY_LIMIT, "The statement needs more memory than it may use");
      case "interrupt" -> diagnoseInterrupt(message);
      case "invalid input" ->
          DIVISION.matcher(message).matches()
              ? new Diagnosis(
                  ErrorCode.DIVISION_BY_ZERO,
                  "An integer is divided by zero; nullif(divisor, 0) gives NULL instead")
              : new Diagnosis(
                  ErrorCode.EXECUTION_FAILED,
                  "A function does not accept one of the values that it was given");
      case "parameter not allowed", "not implemented" ->
          new Diagnosis(
              ErrorCode.EXECUTION_FAILED,
              "A function does not accept one of the values that it was given");
      case "permission" ->
          new Diagnosis(ErrorCode.NOT_ALLOWED, "The statement asks for what is not allowed here");
      case "io", "http" ->
          new Diagnosis(ErrorCode.STORE_UNAVAILABLE, "A data file cannot be read; try again later");
      default ->
          new Diagnosis(ErrorCode.INTERNAL, "The engine failed; the operator's log says why");
    };
  }

  private static Diagnosis diagnoseInterrupt(String message) {
    return message.contains("maximum execution time")
        ? new Diagnosis(ErrorCode.TIME_LIMIT, "The statement took longer than any statement may")
        : new Diagnosis(ErrorCode.EXECUTION_FAILED, "The statement was cancelled");
  }

  private static Diagnosis diagnoseBinding(String message) {
    String line = message.lines().findFirst().orElse("");
    Matcher ambiguous = AMBIGUOUS.matcher(line);
    if (ambiguous.matches()) {
      return new Diagnosis(
          ErrorCode.AMBIGUOUS_NAME,
          "Name: \"%s\" means several columns here; allowed: with its table before it"
              .formatted(Echo.of(ambiguous.group(1))));
    }
    for (Pattern pattern : UNKNOWN) {
      Matcher unknown = pattern.matcher(line);
      if (unknown.matches()) {
        return new Diagnosis(
            ErrorCode.UNKNOWN_NAME,
            "Name: \"%s\" is not known here".formatted(Echo.of(unknown.group(1))));
      }
    }
    if (MISMATCH.matcher(message).matches()) {
      return new Diagnosis(
          ErrorCode.TYPE_MISMATCH,
          "The types of the arguments do not fit the function or operator; add an explicit cast");
    }
    if (line.contains("GROUP BY clause")) {
      return new Diagnosis(
          ErrorCode.SYNTAX_ERROR,
          "A column must appear in GROUP BY or inside an aggregate; any_value(…) takes any of its"
              + " values");
    }
    if (line.contains("ggregate")) {
      return new Diagnosis(
          ErrorCode.SYNTAX_ERROR, "An aggregate stands where none is allowed; use a subquery");
    }
    return new Diagnosis(
        ErrorCode.SYNTAX_ERROR, "The parts of the statement do not fit together here");
  }

  /** The name in an {@code UNKNOWN_NAME} that {@link #translate} made; empty for any other. */
  public static Optional<String> findUnknownName(EngineException failure) {
    Matcher matcher = Pattern.compile("Name: \"(.*)\" is not known here").matcher(failure.detail());
    return failure.code() == ErrorCode.UNKNOWN_NAME && matcher.matches()
        ? Optional.of(matcher.group(1))
        : Optional.empty();
  }

  /** The engine shows an excerpt of the line, cut with dots, and a caret below the place. */
  private static Optional<Position> findPosition(String message, String sql) {
    Matcher matcher = PLACE.matcher(message);
    Optional<Position> found = Optional.empty();
    while (matcher.find()) {
      int number = Integer.parseInt(matcher.group(1));
      String excerpt = matcher.group(2);
      int caret = matcher.group(3).length() - "LINE : ".length() - matcher.group(1).length();
      found =
          locate(sql.lines().skip(number - 1L).findFirst().orElse(null), excerpt, caret)
              .map(column -> new Position(number, column));
    }
    return found;
  }

  private static Optional<Integer> locate(@Nullable String line, String excerpt, int caret) {
    if (line == null || caret < 0) {
      return Optional.empty();
    }
    boolean cutBefore = excerpt.startsWith("...") && !line.startsWith("...");
    String seen = cutBefore ? excerpt.substring(3) : excerpt;
    int place = cutBefore ? caret - 3 : caret;
    if (seen.endsWith("...") && !line.endsWith(seen)) {
      seen = seen.substring(0, seen.length() - 3);
    }
    int start = line.indexOf(seen);
    if (start < 0 || place < 0 || start + place > line.length()) {
      return Optional.empty();
    }
    return Optional.of(line.codePointCount(0, start + place) + 1);
  }

  private static SQLException redacted(Throwable failure, String kind, String message) {
    // Only where the engine itself broke does its text say more than the code does.
    boolean broken = kind.isEmpty() || List.of("internal", "fatal", "io").contains(kind);
    String line = message.lines().findFirst().orElse("");
    SQLException cause =
        new SQLException(
            "%s error%s"
                .formatted(kind, broken ? ": " + VALUES.matcher(line).replaceAll("?") : ""));
    cause.setStackTrace(failure.getStackTrace());
    return cause;
  }
}
