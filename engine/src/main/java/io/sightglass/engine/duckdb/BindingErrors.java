package io.sightglass.engine.duckdb;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Failed;
import io.sightglass.engine.views.MistakeCode;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the engine's refusal of a definition. The engine knows nothing but the definitions here, so
 * that its own words may be shown to their author.
 */
final class BindingErrors {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern LOCATION = Pattern.compile("\\[(\\d+),(\\d+)]");

  /** What the engine says when it has no code for a missing column. */
  private static final Pattern NO_COLUMN =
      Pattern.compile(
          "\"[^\"]+\" does not have a column named \"([^\"]+)\""
              + "|^Column \"([^\"]+)\" in (?:EXCLUDE|REPLACE|RENAME) list not found"
              + "|[Cc]olumn(?: with name)? \"([^\"]+)\" (?:does not exist|not found)");

  private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"");

  private BindingErrors() {}

  /**
   * Reads an error of a session with {@code errors_as_json}.
   *
   * @param before bytes before the author's SQL in the text that the engine was given
   */
  static Failed read(String text, int before) {
    JsonNode error = json(text);
    if (error == null) {
      return new Failed(MistakeCode.TYPE_MISMATCH, oneLine(text), null, List.of(), -1, 0);
    }
    String message = error.path("exception_message").asText();
    Matcher location = LOCATION.matcher(error.path("location").asText());
    boolean located = location.matches();
    int offset = located ? Integer.parseInt(location.group(1)) - before : -1;
    int length = located ? Integer.parseInt(location.group(2)) : 0;
    String column = missingColumn(error, message);
    if (column != null) {
      return new Failed(
          MistakeCode.UNKNOWN_COLUMN,
          oneLine(message),
          column,
          candidates(error, message),
          offset,
          length);
    }
    boolean missing = error.path("error_subtype").asText().equals("MISSING_ENTRY");
    boolean syntax = error.path("exception_type").asText().equals("Parser");
    return new Failed(
        missing
            ? MistakeCode.UNKNOWN_NAME
            : syntax ? MistakeCode.SYNTAX_ERROR : MistakeCode.TYPE_MISMATCH,
        oneLine(message),
        missing ? error.path("name").asText() : null,
        List.of(),
        offset,
        length);
  }

  private static @Nullable JsonNode json(String text) {
    int start = text.indexOf('{');
    if (start < 0) {
      return null;
    }
    try {
      JsonNode tree = JSON.readTree(text.substring(start));
      return tree != null && tree.has("exception_message") ? tree : null;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private static @Nullable String missingColumn(JsonNode error, String message) {
    if (error.path("error_subtype").asText().equals("COLUMN_NOT_FOUND")) {
      return error.path("name").asText();
    }
    Matcher matcher = NO_COLUMN.matcher(message);
    if (!matcher.find()) {
      return null;
    }
    for (int group = 1; group <= matcher.groupCount(); group++) {
      if (matcher.group(group) != null) {
        return matcher.group(group);
      }
    }
    return null;
  }

  private static List<String> candidates(JsonNode error, String message) {
    if (error.has("candidates")) {
      return Arrays.stream(error.path("candidates").asText().split(",", -1))
          .map(String::strip)
          .filter(name -> !name.isEmpty())
          .toList();
    }
    int start = message.indexOf("Candidate bindings:");
    return start < 0
        ? List.of()
        : QUOTED.matcher(message.substring(start)).results().map(found -> found.group(1)).toList();
  }

  /** The first line, which says what is wrong; the next ones list what there is. */
  private static String oneLine(String message) {
    return message.lines().findFirst().orElse("").strip();
  }
}
