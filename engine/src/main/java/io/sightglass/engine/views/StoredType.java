package io.sightglass.engine.views;

import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads DuckDB's name of a type as the type in which a table keeps its values without loss. Not
 * thread-safe.
 */
public final class StoredType {

  /** What may be stored, in words. */
  public static final String ALLOWED =
      "numbers, BOOLEAN, VARCHAR, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, UUID, JSON, lists and STRUCTs"
          + " of these";

  private static final ColumnType WHOLE = new ColumnType.Decimal(38, 0);

  private static final Map<String, ColumnType> SCALARS =
      Map.ofEntries(
          Map.entry("BOOLEAN", Scalar.BOOLEAN),
          Map.entry("TINYINT", Scalar.INTEGER),
          Map.entry("SMALLINT", Scalar.INTEGER),
          Map.entry("INTEGER", Scalar.INTEGER),
          Map.entry("UTINYINT", Scalar.INTEGER),
          Map.entry("USMALLINT", Scalar.INTEGER),
          Map.entry("UINTEGER", Scalar.BIGINT),
          Map.entry("BIGINT", Scalar.BIGINT),
          Map.entry("UBIGINT", WHOLE),
          Map.entry("HUGEINT", WHOLE),
          Map.entry("FLOAT", Scalar.DOUBLE),
          Map.entry("DOUBLE", Scalar.DOUBLE),
          Map.entry("VARCHAR", Scalar.VARCHAR),
          Map.entry("JSON", Scalar.VARCHAR),
          Map.entry("TIME", Scalar.VARCHAR),
          Map.entry("DATE", Scalar.DATE),
          Map.entry("TIMESTAMP", Scalar.TIMESTAMP),
          Map.entry("TIMESTAMP_S", Scalar.TIMESTAMP),
          Map.entry("TIMESTAMP_MS", Scalar.TIMESTAMP),
          Map.entry("TIMESTAMP WITH TIME ZONE", Scalar.TIMESTAMPTZ),
          Map.entry("UUID", Scalar.UUID));

  private static final int MOST_NESTED = 16;

  private final String text;
  private int at;

  private StoredType(String text) {
    this.text = text;
  }

  /** The type of the stored column; empty where there is none. */
  public static Optional<ColumnType> find(String duckDbType) {
    StoredType reading = new StoredType(duckDbType);
    try {
      ColumnType type = reading.type(0);
      return reading.at == duckDbType.length() ? Optional.of(type) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private ColumnType type(int depth) {
    if (depth > MOST_NESTED) {
      throw new IllegalArgumentException("Nested too deep");
    }
    ColumnType type;
    if (accept("STRUCT(")) {
      type = struct(depth);
    } else if (accept("DECIMAL(")) {
      int precision = Integer.parseInt(until(","));
      int scale = Integer.parseInt(until(")").strip());
      type = new ColumnType.Decimal(precision, scale);
    } else {
      type = scalar();
    }
    while (accept("[]")) {
      type = new ColumnType.ListOf(type);
    }
    return type;
  }

  private ColumnType scalar() {
    int end = at;
    while (end < text.length() && "[],()\"".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    ColumnType type = SCALARS.get(text.substring(at, end).strip().toUpperCase(Locale.ROOT));
    if (type == null) {
      throw new IllegalArgumentException("No such type at " + at);
    }
    at = end;
    return type;
  }

  private ColumnType struct(int depth) {
    List<ColumnType.Field> fields = new ArrayList<>();
    Set<String> names = new HashSet<>();
    do {
      String name = fieldName();
      if (!names.add(name.toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException("Two fields of one name");
      }
      fields.add(new ColumnType.Field(name, type(depth + 1)));
    } while (accept(", "));
    if (!accept(")")) {
      throw new IllegalArgumentException("No end of a STRUCT at " + at);
    }
    return new ColumnType.Struct(fields);
  }

  private String fieldName() {
    if (!accept("\"")) {
      return until(" ");
    }
    StringBuilder name = new StringBuilder();
    while (true) {
      name.append(until("\""));
      if (!accept("\"")) {
        break;
      }
      name.append('"');
    }
    if (!accept(" ")) {
      throw new IllegalArgumentException("No type at " + at);
    }
    return name.toString();
  }

  private String until(String sign) {
    int end = text.indexOf(sign, at);
    if (end <= at) {
      throw new IllegalArgumentException("No " + sign + " after " + at);
    }
    String found = text.substring(at, end);
    at = end + sign.length();
    return found;
  }

  private boolean accept(String sign) {
    boolean found = text.startsWith(sign, at);
    at += found ? sign.length() : 0;
    return found;
  }
}
