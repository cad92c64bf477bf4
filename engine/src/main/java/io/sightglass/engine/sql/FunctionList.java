package io.sightglass.engine.sql;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The reviewed functions of the engine, by name and type; what is not in it is denied. Immutable.
 *
 * <p>The list is {@code duckdb-functions.tsv} beside this class: name, type, verdict, reason. A
 * test compares it with the engine at hand, so that an upgrade brings no name unseen.
 */
public final class FunctionList {

  private static final String RESOURCE = "duckdb-functions.tsv";

  private final Map<String, Map<FunctionType, Reviewed>> entries;

  private FunctionList(Map<String, Map<FunctionType, Reviewed>> entries) {
    this.entries = entries;
  }

  /** What kind of thing a name calls; {@code duckdb_functions()} names them alike. */
  public enum FunctionType {
    SCALAR,
    AGGREGATE,
    WINDOW,
    MACRO,
    TABLE,
    TABLE_MACRO,
    PRAGMA
  }

  /** What the review came to. */
  public enum Verdict {
    SAFE,
    /** Within bounds of its arguments. */
    LIMIT,
    DENY
  }

  /** One reviewed function; the reason is for the reviewers, not for callers. */
  public record Reviewed(String name, FunctionType type, Verdict verdict, String reason) {}

  /** The list that ships with the engine. */
  public static FunctionList reviewed() {
    try (InputStream in =
            Objects.requireNonNull(FunctionList.class.getResourceAsStream(RESOURCE), RESOURCE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return of(lines.lines().skip(1).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FunctionList of(List<String> lines) {
    Map<String, Map<FunctionType, Reviewed>> entries = new HashMap<>();
    for (String line : lines) {
      List<String> fields = List.of(line.split("\t", 4));
      Reviewed entry =
          new Reviewed(
              fields.get(0),
              FunctionType.valueOf(fields.get(1).toUpperCase(Locale.ROOT)),
              Verdict.valueOf(fields.get(2)),
              fields.get(3));
      Reviewed twin =
          entries
              .computeIfAbsent(key(entry.name()), name -> new EnumMap<>(FunctionType.class))
              .put(entry.type(), entry);
      if (twin != null) {
        throw new IllegalStateException(
            "%s: %s is listed twice as %s; allowed: once"
                .formatted(RESOURCE, entry.name(), entry.type()));
      }
    }
    return new FunctionList(entries);
  }

  private static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** Every reviewed function. */
  public List<Reviewed> all() {
    List<Reviewed> all = new ArrayList<>();
    entries.values().forEach(types -> all.addAll(types.values()));
    return Collections.unmodifiableList(all);
  }

  /** What was found of one name, in whatever case it is written; empty: nobody has reviewed it. */
  Map<FunctionType, Reviewed> named(String name) {
    return entries.getOrDefault(key(name), Map.of());
  }

  /** The entry of a name as one type. */
  Optional<Reviewed> find(String name, FunctionType type) {
    return Optional.ofNullable(named(name).get(type));
  }
}
