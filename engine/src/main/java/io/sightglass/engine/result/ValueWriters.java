package io.sightglass.engine.result;

import java.util.List;
import org.apache.arrow.vector.ValueVector;

/** Chooses the writer of a type that {@link PlainTypes#TEXT} has been applied to. */
final class ValueWriters {

  private ValueWriters() {}

  static ValueWriter of(ValueType type) {
    return switch (type) {
      case ValueType.Plain plain -> ofPlain(plain);
      case ValueType.ListOf list -> new NestedWriters.Lists(of(list.element()));
      case ValueType.MapOf map -> new NestedWriters.Maps(of(map.key()), of(map.value()));
      case ValueType.Struct struct -> {
        List<ValueType.Field> fields = struct.fields();
        yield new NestedWriters.Structs(
            fields.stream().map(ValueType.Field::name).toList(),
            fields.stream().map(field -> of(field.type())).toList(),
            struct.named());
      }
    };
  }

  private static ValueWriter ofPlain(ValueType.Plain type) {
    return switch (type.name()) {
      case "BOOLEAN" -> new NumberWriters.Booleans();
      case "TINYINT" -> new NumberWriters.Integers(1, true);
      case "SMALLINT" -> new NumberWriters.Integers(2, true);
      case "INTEGER" -> new NumberWriters.Integers(4, true);
      case "BIGINT" -> new NumberWriters.Integers(8, true);
      case "UTINYINT" -> new NumberWriters.Integers(1, false);
      case "USMALLINT" -> new NumberWriters.Integers(2, false);
      case "UINTEGER" -> new NumberWriters.Integers(4, false);
      case "UBIGINT" -> new NumberWriters.Integers(8, false);
      case "HUGEINT" -> new NumberWriters.Decimals(0, true);
      case "UHUGEINT" -> new NumberWriters.Decimals(0, false);
      case "FLOAT" -> new NumberWriters.Floats(true);
      case "DOUBLE" -> new NumberWriters.Floats(false);
      case "DECIMAL" -> new NumberWriters.Decimals(scale(type), true);
      case "DATE" -> new TimeWriters.Dates();
      case "TIME" -> new TimeWriters.Times(6);
      case "TIME_NS" -> new TimeWriters.Times(9);
      case "TIMESTAMP" -> new TimeWriters.Timestamps(6, false);
      case "TIMESTAMP_S" -> new TimeWriters.Timestamps(0, false);
      case "TIMESTAMP_MS" -> new TimeWriters.Timestamps(3, false);
      case "TIMESTAMP_NS" -> new TimeWriters.Timestamps(9, false);
      case "TIMESTAMP WITH TIME ZONE" -> new TimeWriters.Timestamps(6, true);
      case "TIMESTAMPTZ_NS", "TIMESTAMP_NS WITH TIME ZONE" -> new TimeWriters.Timestamps(9, true);
      case "BLOB" -> new StringWriters.Blobs();
      case "NULL" -> new Nulls();
      default -> new StringWriters.Texts();
    };
  }

  private static int scale(ValueType.Plain type) {
    String parameters = type.parameters();
    return Integer.parseInt(parameters.substring(parameters.indexOf(',') + 1).strip());
  }

  /** The type of NULL alone: no vector behind it holds anything. */
  private static final class Nulls extends ValueWriter.Bare {
    @Override
    void bind(ValueVector vector) {
      // There is nothing to point at.
    }

    @Override
    boolean isNull(int row) {
      return true;
    }

    @Override
    void write(int row, TextBuffer out) {
      throw new IllegalStateException("NULL has no value to write");
    }
  }
}
