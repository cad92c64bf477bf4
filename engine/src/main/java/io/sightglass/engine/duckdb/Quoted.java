package io.sightglass.engine.duckdb;

import java.util.List;
import java.util.stream.Collectors;

/** Texts and names as SQL spells them. */
public final class Quoted {

  private Quoted() {}

  /** A string literal. */
  public static String text(String value) {
    return "'" + value.replace("'", "''") + "'";
  }

  /** A list of string literals, of type {@code VARCHAR[]} also when it is empty. */
  public static String texts(List<String> values) {
    return values.stream().map(Quoted::text).collect(Collectors.joining(", ", "[", "]"))
        + "::VARCHAR[]";
  }

  /** One identifier. */
  public static String name(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
