package io.sightglass.engine.query;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values for the parameters of a statement, by name; positional ones are named {@code 1}, {@code
 * 2}, … Immutable.
 *
 * <p>A value is null, a Boolean, a Long, a BigInteger, a BigDecimal or a String.
 */
@SuppressWarnings("DoNotCallSuggester")
public record Parameters(Map<String, @Nullable Object> values) {

  public static final Parameters NONE = new Parameters(Map.of());

  public Parameters {
    values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /**
   * Reads {@code parameters} of a request: an array, an object, or nothing.
   *
   * @throws io.sightglass.engine.EngineException {@code WRONG_PARAMETER}
   */
  public static Parameters of(@Nullable JsonNode json) {
    throw unfinished();
  }

  private static RuntimeException unfinished() {
    return new UnsupportedOperationException("not yet");
  }
}
