package io.sightglass.engine.sql;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** How DuckDB compares names, and the names that mean something without being declared. */
public final class Names {

  /** Bare names that become functions about the session when no column has them. */
  static final Set<String> SESSION_VALUES =
      Set.of(
          "current_catalog",
          "current_role",
          "current_schema",
          "current_user",
          "session_user",
          "user");

  /** Bare names that become functions about the time when no column has them. */
  static final Set<String> TIME_VALUES =
      Set.of("current_time", "current_timestamp", "localtime", "localtimestamp");

  static final String TODAY_VALUE = "current_date";

  /** Names that are schemas or catalogues of the engine, so never a column that is called upon. */
  static final Set<String> RESERVED_QUALIFIERS =
      Set.of(
          "catalog",
          "defs",
          "information_schema",
          "main",
          "memory",
          "pg_catalog",
          "raw",
          "system",
          "temp",
          "vault");

  /** A name that cannot be taken for a file when nothing of that name is found. */
  private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}_ $-]{1,128}");

  private Names() {}

  /** The name in lower case as DuckDB compares it: ASCII letters alone. */
  public static String fold(String name) {
    for (int index = 0; index < name.length(); index++) {
      char c = name.charAt(index);
      if (c >= 'A' && c <= 'Z') {
        StringBuilder folded = new StringBuilder(name);
        for (int at = index; at < folded.length(); at++) {
          char upper = folded.charAt(at);
          if (upper >= 'A' && upper <= 'Z') {
            folded.setCharAt(at, (char) (upper + ('a' - 'A')));
          }
        }
        return folded.toString();
      }
    }
    return name;
  }

  static boolean isPlain(String name) {
    return PLAIN.matcher(name).matches();
  }

  /** A name for a message, cut where it is long or a path. */
  static String echo(String name) {
    return Echo.of(name);
  }

  static String echo(List<String> path) {
    return echo(String.join(".", path));
  }
}
