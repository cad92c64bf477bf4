package io.sightglass.engine.ingest.maintenance;

import static io.sightglass.engine.duckdb.Quoted.name;

import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import java.util.List;
import java.util.stream.Collectors;

/** What a stored value looks like in a text: itself, or each that is inside. Stateless. */
final class TextsOfValue {

  private TextsOfValue() {}

  /** A list of texts in SQL, which is never NULL. */
  static String in(String value, ColumnType type) {
    return in(value, type, 0);
  }

  private static String in(String value, ColumnType type, int depth) {
    return switch (type) {
      case Scalar scalar ->
          scalar == Scalar.BOOLEAN
              ? "CAST([] AS VARCHAR[])"
              : "[CAST(%s AS VARCHAR)]".formatted(value);
      case ColumnType.Decimal decimal -> "[CAST(%s AS VARCHAR)]".formatted(value);
      case ColumnType.ListOf(ColumnType element) ->
          "coalesce(flatten([%1$s FOR _v%2$d IN %3$s]), [])"
              .formatted(in("_v" + depth, element, depth + 1), depth, value);
      case ColumnType.Struct(List<ColumnType.Field> fields) ->
          fields.stream()
              .map(field -> in(value + "." + name(field.name()), field.type(), depth))
              .collect(Collectors.joining(", ", "list_concat([], ", ")"));
    };
  }
}
