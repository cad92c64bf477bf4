package io.sightglass.engine.table;

import io.sightglass.engine.dataset.ColumnType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** Contract types as Iceberg types, and their field ids as DuckDB wants them spelt. */
final class IcebergTypes {

  /** Hands out numbers for fields that have no id yet; Iceberg assigns the real ones. */
  static final class Numbers {
    private int last;

    int next() {
      return ++last;
    }
  }

  private IcebergTypes() {}

  static Type of(ColumnType type, Numbers numbers) {
    return switch (type) {
      case ColumnType.Scalar scalar -> of(scalar);
      case ColumnType.Decimal(int precision, int scale) -> Types.DecimalType.of(precision, scale);
      case ColumnType.ListOf(ColumnType element) ->
          Types.ListType.ofOptional(numbers.next(), of(element, numbers));
      case ColumnType.Struct(List<ColumnType.Field> fields) -> {
        List<Types.NestedField> nested = new ArrayList<>();
        for (ColumnType.Field field : fields) {
          nested.add(
              Types.NestedField.optional(numbers.next(), field.name(), of(field.type(), numbers)));
        }
        yield Types.StructType.of(nested);
      }
    };
  }

  private static Type of(ColumnType.Scalar scalar) {
    return switch (scalar) {
      case BOOLEAN -> Types.BooleanType.get();
      case INTEGER -> Types.IntegerType.get();
      case BIGINT -> Types.LongType.get();
      case DOUBLE -> Types.DoubleType.get();
      case VARCHAR -> Types.StringType.get();
      case DATE -> Types.DateType.get();
      case TIMESTAMP -> Types.TimestampType.withoutZone();
      case TIMESTAMPTZ -> Types.TimestampType.withZone();
      case UUID -> Types.UUIDType.get();
    };
  }

  /** The other way round, with every field that a STRUCT has ever had. */
  static ColumnType of(Type type) {
    return switch (type) {
      case Types.ListType list -> new ColumnType.ListOf(of(list.elementType()));
      case Types.StructType struct ->
          new ColumnType.Struct(
              struct.fields().stream()
                  .map(field -> new ColumnType.Field(field.name(), of(field.type())))
                  .toList());
      case Types.DecimalType decimal ->
          new ColumnType.Decimal(decimal.precision(), decimal.scale());
      default ->
          Arrays.stream(ColumnType.Scalar.values())
              .filter(scalar -> of(scalar).equals(type))
              .findFirst()
              .orElseThrow(() -> new IllegalArgumentException("Type of no contract: " + type));
    };
  }

  /**
   * The value of a column in {@code FIELD_IDS}: {@code 3}, or {@code {__duckdb_field_id: 3,
   * element: 4}}.
   *
   * @param type as the contract says, whose fields all are in {@code field}
   */
  static String fieldIds(ColumnType type, Types.NestedField field) {
    return switch (type) {
      case ColumnType.Scalar scalar -> Integer.toString(field.fieldId());
      case ColumnType.Decimal decimal -> Integer.toString(field.fieldId());
      case ColumnType.ListOf(ColumnType element) ->
          "{__duckdb_field_id: %d, element: %s}"
              .formatted(
                  field.fieldId(),
                  fieldIds(element, field.type().asListType().fields().getFirst()));
      case ColumnType.Struct(List<ColumnType.Field> fields) ->
          fields.stream()
              .map(nested ->
                  quoted(nested.name())
                      + ": "
                      + fieldIds(nested.type(), nested(field, nested.name())))
              .collect(
                  Collectors.joining(", ", "{__duckdb_field_id: " + field.fieldId() + ", ", "}"));
    };
  }

  /** The same for all that the table knows of the column, whatever the contract says now. */
  static String fieldIds(Types.NestedField field) {
    return switch (field.type()) {
      case Types.ListType list ->
          "{__duckdb_field_id: %d, element: %s}"
              .formatted(field.fieldId(), fieldIds(list.fields().getFirst()));
      case Types.StructType struct ->
          struct.fields().stream()
              .map(nested -> quoted(nested.name()) + ": " + fieldIds(nested))
              .collect(
                  Collectors.joining(", ", "{__duckdb_field_id: " + field.fieldId() + ", ", "}"));
      default -> Integer.toString(field.fieldId());
    };
  }

  private static Types.NestedField nested(Types.NestedField struct, String name) {
    return Objects.requireNonNull(struct.type().asStructType().field(name), name);
  }

  /** A stored type in DuckDB's spelling, with all that the table knows of it. */
  static String sql(Type type) {
    return of(type).sql();
  }

  /** An identifier in DuckDB's spelling. */
  static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
