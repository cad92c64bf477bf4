package io.sightglass.engine.ingest.formats;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/** The text of a value of JSON, as a cell holds it. Stateless. */
final class JsonText {

  private JsonText() {}

  /** The value that the parser has come to, to its end: a nested one as JSON. */
  static String of(JsonFactory json, JsonParser parser) throws IOException {
    if (!parser.currentToken().isStructStart()) {
      return parser.getText();
    }
    StringWriter nested = new StringWriter();
    try (JsonGenerator out = json.createGenerator(nested)) {
      int depth = 0;
      do {
        JsonToken token = parser.currentToken();
        if (token.isNumeric()) {
          out.writeNumber(parser.getText());
        } else {
          out.copyCurrentEventExact(parser);
        }
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      } while (depth > 0 && parser.nextToken() != null);
    }
    return nested.toString();
  }

  /** What keeps a text from being loaded as it is; null when nothing does. */
  static @Nullable String findFault(String text, boolean isNested) {
    // Inside a nested value it is written as an escape.
    if (text.indexOf('\0') >= 0 || (isNested && hasEscapedNul(text))) {
      return "Holds a NUL character";
    }
    return hasHalfCharacter(text) ? "Holds half a character: a surrogate without its other" : null;
  }

  private static boolean hasEscapedNul(String json) {
    int index = json.indexOf('\\');
    while (index >= 0) {
      if (json.startsWith("u0000", index + 1)) {
        return true;
      }
      index = json.indexOf('\\', index + 2);
    }
    return false;
  }

  /** Encoding would make a question mark of it. */
  private static boolean hasHalfCharacter(String text) {
    for (int index = 0; index < text.length(); index++) {
      char unit = text.charAt(index);
      if (Character.isSurrogate(unit)) {
        if (Character.isLowSurrogate(unit)
            || index + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(index + 1))) {
          return true;
        }
        index++;
      }
    }
    return false;
  }
}
