package io.sightglass.engine.result;

import io.sightglass.engine.query.ColumnCasts;
import java.util.Optional;

/**
 * To which type a column is cast before it leaves, so that every reader of a format understands it
 * and no value is lost. A column whose type is plain already is not touched.
 */
enum PlainTypes implements ColumnCasts {
  /** For our own text writers: what Arrow would lose becomes text. */
  TEXT {
    @Override
    String plain(ValueType.Plain type) {
      return common(type);
    }
  },
  /** No dictionary, no extension type, no union, no fixed-size list, no interval. */
  ARROW {
    @Override
    String plain(ValueType.Plain type) {
      return switch (type.name()) {
        case "HUGEINT", "UHUGEINT" -> "DECIMAL(38, 0)";
        default -> common(type);
      };
    }
  },
  /** Parquet would keep 128-bit integers as DOUBLE. */
  PARQUET {
    @Override
    String plain(ValueType.Plain type) {
      return switch (type.name()) {
        case "HUGEINT", "UHUGEINT" -> "DECIMAL(38, 0)";
        case "UUID", "JSON" -> "VARCHAR";
        default -> common(type);
      };
    }
  };

  abstract String plain(ValueType.Plain type);

  @Override
  public Optional<String> cast(String value, String duckDbType) {
    ValueType type = ValueType.of(duckDbType);
    ValueType wanted = cast(type);
    return wanted.sql().equals(type.sql())
        ? Optional.empty()
        : Optional.of(PlainValues.cast(value, type, wanted));
  }

  private ValueType cast(ValueType type) {
    return switch (type) {
      case ValueType.Plain scalar -> new ValueType.Plain(plain(scalar), "");
      case ValueType.ListOf list -> new ValueType.ListOf(cast(list.element()), 0);
      case ValueType.MapOf map -> new ValueType.MapOf(cast(map.key()), cast(map.value()));
      case ValueType.Struct struct ->
          new ValueType.Struct(
              struct.fields().stream()
                  .map(field -> new ValueType.Field(field.name(), cast(field.type())))
                  .toList(),
              struct.named());
    };
  }

  private static String common(ValueType.Plain type) {
    return switch (type.name()) {
      case "ENUM", "BIT", "UNION", "BIGNUM", "GEOMETRY", "INTERVAL", "TIME WITH TIME ZONE" ->
          "VARCHAR";
      case "VARIANT" -> "JSON";
      case "NULL" -> "\"NULL\"";
      default -> type.sql();
    };
  }
}
