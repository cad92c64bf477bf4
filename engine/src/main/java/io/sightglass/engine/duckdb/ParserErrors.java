package io.sightglass.engine.duckdb;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.Position;
import io.sightglass.engine.sql.Echo;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Turns what the parser says of a text into what its author may read. */
final class ParserErrors {

  private static final Pattern NEAR =
      Pattern.compile("syntax error at or near \"(.*)\"", Pattern.DOTALL);

  /**
   * What a message of the parser's own may look like to be passed on: words and quoted names, no
   * path.
   */
  private static final Pattern HARMLESS = Pattern.compile("(?:[\\w .,;:'\"()*=+<>!-]|/[*]){1,160}");

  private ParserErrors() {}

  static EngineException of(JsonNode answer, String sql) {
    String message = answer.path("error_message").asText("");
    EngineException error =
        switch (answer.path("error_type").asText("")) {
          case "not implemented" -> notImplemented(message);
          case "parser" -> syntax(message);
          default -> new EngineException(ErrorCode.SYNTAX_ERROR, "The statement is not valid SQL");
        };
    return error.at(position(answer, sql));
  }

  private static @Nullable Position position(JsonNode answer, String sql) {
    JsonNode offset = answer.path("position");
    return offset.isMissingNode() ? null : Position.ofByte(sql, offset.asLong());
  }

  private static EngineException notImplemented(String message) {
    if (message.startsWith("Mixing named and positional")) {
      return new EngineException(
          ErrorCode.SYNTAX_ERROR,
          "Named and positional parameters are mixed; use either $name or ? and $1");
    }
    return new EngineException(
        ErrorCode.NOT_ALLOWED,
        "Only a SELECT is allowed here; a PIVOT must name its values: PIVOT … ON column IN (…)");
  }

  private static EngineException syntax(String message) {
    if (message.startsWith("Max expression depth")) {
      return new EngineException(
          ErrorCode.NOT_ALLOWED,
          "The statement is nested too deeply; split it with common table expressions (WITH)");
    }
    Matcher near = NEAR.matcher(message);
    if (near.matches()) {
      return new EngineException(
          ErrorCode.SYNTAX_ERROR,
          "Syntax error at or near \"%s\"".formatted(Echo.of(near.group(1))));
    }
    String first = message.lines().findFirst().orElse("");
    return new EngineException(
        ErrorCode.SYNTAX_ERROR,
        HARMLESS.matcher(first).matches()
            ? "Syntax error: " + first
            : "The statement is not valid SQL");
  }
}
