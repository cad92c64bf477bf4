package io.sightglass.engine.dataset;

import java.util.List;
import java.util.stream.Collectors;

/** The type of a dataset's column, as a contract states it. Immutable. */
public sealed interface ColumnType {

  /** A type without parameters; its name is DuckDB's. */
  enum Scalar implements ColumnType {
    BOOLEAN,
    INTEGER,
    BIGINT,
    DOUBLE,
    VARCHAR,
    DATE,
    /** Microseconds without a zone. */
    TIMESTAMP,
    /** Microseconds, an instant; kept in UTC. */
    TIMESTAMPTZ,
    UUID;

    @Override
    public String sql() {
      return name();
    }
  }

  /** {@code DECIMAL(precision, scale)}, at most 38 digits. */
  record Decimal(int precision, int scale) implements ColumnType {
    public Decimal {
      if (precision < 1 || precision > 38 || scale < 0 || scale > precision) {
        throw new IllegalArgumentException(
            "DECIMAL(%d, %d); allowed: precision 1 to 38, scale 0 to precision"
                .formatted(precision, scale));
      }
    }

    @Override
    public String sql() {
      return "DECIMAL(%d, %d)".formatted(precision, scale);
    }
  }

  /** {@code T[]}. */
  record ListOf(ColumnType element) implements ColumnType {
    @Override
    public String sql() {
      return element.sql() + "[]";
    }
  }

  /** {@code STRUCT(a T, …)}; field names are unique. */
  record Struct(List<Field> fields) implements ColumnType {
    public Struct {
      fields = List.copyOf(fields);
    }

    @Override
    public String sql() {
      return fields.stream()
          .map(field -> "\"" + field.name().replace("\"", "\"\"") + "\" " + field.type().sql())
          .collect(Collectors.joining(", ", "STRUCT(", ")"));
    }
  }

  /** One field of a {@link Struct}. */
  record Field(String name, ColumnType type) {}

  /** The type in DuckDB's spelling. */
  String sql();
}
