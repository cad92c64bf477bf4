package io.sightglass.engine.table;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.table.TableShape.WantedColumn;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.Term;
import org.apache.iceberg.transforms.Transform;
import org.apache.iceberg.transforms.Transforms;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.util.SerializableFunction;
import org.jspecify.annotations.Nullable;

/** Contract partitions as Iceberg fields, and as SQL that yields Iceberg's values. */
final class PartitionFields {

  private PartitionFields() {}

  /**
   * The name of the field, such as {@code submitted_at_month}; no column of {@code shape} has it.
   */
  static String name(PartitionField field, TableShape shape) {
    String name =
        field.column().replaceFirst("^_+", "")
            + "_"
            + field.transform().name().toLowerCase(Locale.ROOT);
    boolean taken = shape.columns().stream().anyMatch(column -> column.name().equals(name));
    return taken ? name + "_partition" : name;
  }

  static Term term(PartitionField field) {
    String column = field.column();
    return switch (field.transform()) {
      case DAY -> Expressions.day(column);
      case MONTH -> Expressions.month(column);
      case YEAR -> Expressions.year(column);
      case IDENTITY -> Expressions.ref(column);
      case BUCKET -> Expressions.bucket(column, field.buckets());
    };
  }

  /** Adds the field to a specification that is being built. */
  static void add(PartitionSpec.Builder builder, PartitionField field, String name) {
    String column = field.column();
    switch (field.transform()) {
      case DAY -> builder.day(column, name);
      case MONTH -> builder.month(column, name);
      case YEAR -> builder.year(column, name);
      case IDENTITY -> builder.identity(column, name);
      case BUCKET -> builder.bucket(column, field.buckets(), name);
    }
  }

  /** The field that an Iceberg one is. */
  static PartitionField of(org.apache.iceberg.PartitionField field, Schema schema) {
    String column = schema.findColumnName(field.sourceId());
    String transform = field.transform().toString();
    int buckets =
        transform.startsWith("bucket[")
            ? Integer.parseInt(transform.substring("bucket[".length(), transform.length() - 1))
            : 0;
    return Arrays.stream(PartitionField.Transform.values())
        .map(one -> new PartitionField(one, column, buckets))
        .filter(one -> isTransform(one, transform))
        .findFirst()
        .orElseThrow(() ->
            new EngineException(
                ErrorCode.CONFLICT,
                "Another engine has partitioned the table by %s of column %s, which is not written here"
                    .formatted(transform, column)));
  }

  /** Whether an Iceberg transform, by its name, is the field's. */
  static boolean isTransform(PartitionField field, String icebergTransform) {
    return switch (field.transform()) {
      case DAY -> icebergTransform.equals("day");
      case MONTH -> icebergTransform.equals("month");
      case YEAR -> icebergTransform.equals("year");
      case IDENTITY -> icebergTransform.equals("identity");
      case BUCKET -> icebergTransform.equals("bucket[" + field.buckets() + "]");
    };
  }

  /**
   * An expression of type VARCHAR with the field's value: a number for day, month, year (since
   * 1970) and bucket, the value itself for identity.
   *
   * @throws EngineException {@code INVALID_REQUEST} when the column cannot be partitioned so
   */
  static String sql(PartitionField field, TableShape shape) {
    ColumnType type =
        shape.columns().stream()
            .filter(column -> column.name().equals(field.column()))
            .map(WantedColumn::type)
            .findFirst()
            .orElseThrow(() ->
                new EngineException(
                    ErrorCode.INVALID_REQUEST,
                    "partition: column %s is not one of the dataset".formatted(field.column())));
    String column = IcebergTypes.quoted(field.column());
    return switch (field.transform()) {
      case IDENTITY -> identity(field, type, column);
      case DAY -> number("(%s - DATE '1970-01-01')", Transforms.day(), field, type, column);
      case MONTH ->
          number(
              "((year(%1$s) - 1970) * 12 + month(%1$s) - 1)",
              Transforms.month(), field, type, column);
      case YEAR -> number("(year(%s) - 1970)", Transforms.year(), field, type, column);
      case BUCKET -> BucketSql.of(column, type, field.buckets());
    };
  }

  private static String identity(PartitionField field, ColumnType type, String column) {
    if (type == Scalar.DOUBLE || type == Scalar.UUID || !isPrimitive(type)) {
      throw refused(field, type, List.of("text, numbers but DOUBLE, BOOLEAN, dates, times"));
    }
    return "CAST(" + column + " AS VARCHAR)";
  }

  private static boolean isPrimitive(ColumnType type) {
    return type instanceof Scalar || type instanceof ColumnType.Decimal;
  }

  /** Infinite dates are the ends of the type's range, in DuckDB's files and so for Iceberg. */
  private static String number(
      String template,
      Transform<Object, ?> transform,
      PartitionField field,
      ColumnType type,
      String column) {
    String date = date(field, type, column);
    Type stored = IcebergTypes.of(type, new IcebergTypes.Numbers());
    boolean isDate = type == Scalar.DATE;
    SerializableFunction<Object, ?> bound = transform.bind(stored);
    return "CAST(CASE WHEN isfinite(%1$s) THEN %2$s WHEN %1$s > '-infinity' THEN %3$s WHEN %1$s IS NOT NULL THEN %4$s END AS VARCHAR)"
        .formatted(
            column,
            template.formatted(date),
            bound.apply(isDate ? (Object) Integer.MAX_VALUE : (Object) Long.MAX_VALUE),
            bound.apply(isDate ? (Object) (-Integer.MAX_VALUE) : (Object) (-Long.MAX_VALUE)));
  }

  private static String date(PartitionField field, ColumnType type, String column) {
    if (type == Scalar.DATE) {
      return column;
    }
    if (type == Scalar.TIMESTAMP) {
      return "CAST(" + column + " AS DATE)";
    }
    if (type == Scalar.TIMESTAMPTZ) {
      // In UTC, without the calendar that the engine asks for any other zone.
      return "CAST(make_timestamp(epoch_us(" + column + ")) AS DATE)";
    }
    throw refused(field, type, List.of("DATE", "TIMESTAMP", "TIMESTAMPTZ"));
  }

  static EngineException refused(PartitionField field, ColumnType type, List<String> allowed) {
    return new EngineException(
        ErrorCode.INVALID_REQUEST,
        "partition: %s of column %s, which is %s; allowed: %s"
            .formatted(
                field.transform().name().toLowerCase(Locale.ROOT),
                field.column(),
                type.sql(),
                String.join(", ", allowed)));
  }

  /** The value of a field from the text that its SQL gave; null for NULL. */
  static @Nullable Object value(Type resultType, String transform, @Nullable String text) {
    if (text == null) {
      return null;
    }
    Object value =
        transform.equals("identity")
            ? StoredValues.parse(resultType, text)
            : Integer.valueOf(Integer.parseInt(text));
    if (value == null) {
      throw new IllegalArgumentException(
          "Partition value that is not of type " + resultType + " for transform " + transform);
    }
    return value;
  }
}
