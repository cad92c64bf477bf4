package io.sightglass.web.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.RunningService;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.parquet.avro.AvroParquetReader;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.io.LocalInputFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;

/**
 * What parquet-avro makes of our Parquet files: the same as stands in NDJSON, whose contents the
 * Python clients hold to the values themselves.
 */
record ParquetAvroReader(RunningService service, String token) {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PARQUET = "application/vnd.apache.parquet";
  private static final String NDJSON = "application/x-ndjson";

  private static final List<String> EXPRESSIONS =
      List.of(
          "true",
          "(-2147483648)::INTEGER",
          "9223372036854775807::BIGINT",
          "(-32768)::SMALLINT",
          "(-12345678901234567890123456789012345678)::HUGEINT",
          "0.25::FLOAT",
          "0.1::DOUBLE",
          "'NaN'::DOUBLE",
          "'-Infinity'::DOUBLE",
          "(-12345678901234567890.123456789)::DECIMAL(38, 9)",
          "(-0.05)::DECIMAL(4, 2)",
          "12.50::DECIMAL(12, 2)",
          "'Zażółć gęślą – 漢字 🎖️, \"quoted\"' || chr(10) || 'second line'",
          "''",
          "DATE '2024-02-29'",
          "DATE '1066-10-14'",
          "TIME '12:34:56.789012'",
          "TIMESTAMP '2024-02-29 12:34:56.789012'",
          "TIMESTAMP '1969-12-31 23:59:59.999999'",
          "TIMESTAMPTZ '2024-02-29 07:34:56.789012-05'",
          "INTERVAL '1 year 2 months -3 days 04:05:06.7'",
          "'01:02:03+01'::TIMETZ",
          "UUID '4ac7a9e9-607c-4c8a-84f3-843f0191e3fd'",
          "'\\x00\\xFF'::BLOB",
          "[1, NULL, 3]",
          "[]::INTEGER[]",
          "[[1], [], NULL]::BIGINT[][]",
          "[INTERVAL 1 DAY, NULL]",
          "{'a': 1, 'b': 'ü', 'c': DATE '2024-02-29', 'd': NULL::BIGINT, 'h': 5::HUGEINT}",
          "[{'a': 1, 't': TIMESTAMPTZ '2024-02-29 12:00:00+00'}, {'a': NULL, 't': NULL}, NULL]",
          "[{'l': [{'x': 1.5::DECIMAL(3, 1)}, NULL]}, {'l': []}, {'l': NULL}, NULL]",
          "MAP {'k': {'v': [1.5::DECIMAL(3, 1)]}}");

  /** One test for each statement. */
  Stream<DynamicTest> cases() {
    List<DynamicTest> cases = new ArrayList<>();
    for (String expression : EXPRESSIONS) {
      // The second row is NULL, the third has the value again.
      add(
          cases,
          "SELECT CASE WHEN i <> 1 THEN %s END AS v FROM range(3) r(i) ORDER BY i"
              .formatted(expression),
          3);
      add(cases, "SELECT %s AS v".formatted(expression), 1);
      add(cases, "SELECT %s AS v WHERE false".formatted(expression), 0);
    }
    for (String dataset : List.of("types.lines", "types.records", "types.files")) {
      add(cases, "SELECT * FROM %s ORDER BY n".formatted(dataset), 4);
      add(cases, "SELECT * FROM %s WHERE n > 4".formatted(dataset), 0);
    }
    return cases.stream();
  }

  private void add(List<DynamicTest> cases, String sql, int rows) {
    cases.add(
        dynamicTest(
            sql,
            () -> {
              List<JsonNode> seen = byParquetAvro(sql);
              assertThat(seen).hasSize(rows).isEqualTo(byNdjson(sql));
            }));
  }

  private List<JsonNode> byNdjson(String sql) throws Exception {
    List<JsonNode> rows = new ArrayList<>();
    for (String line : new String(ask(sql, NDJSON), UTF_8).lines().toList()) {
      rows.add(JSON.readTree(line));
    }
    return rows;
  }

  private byte[] ask(String sql, String mediaType) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer =
        service.send(service.statement(sql, mediaType, token), BodyHandlers.ofByteArray());
    assertThat(answer.statusCode()).as(new String(answer.body(), UTF_8)).isEqualTo(200);
    return answer.body();
  }

  private List<JsonNode> byParquetAvro(String sql) throws Exception {
    Path file = Files.createTempFile("answer", ".parquet");
    try {
      Files.write(file, ask(sql, PARQUET));
      return read(file);
    } finally {
      Files.delete(file);
    }
  }

  /** The rows of a file, as JSON has them. */
  static List<JsonNode> read(Path file) throws IOException {
    PlainParquetConfiguration settings = new PlainParquetConfiguration();
    // Elements of lists as they are, not as records of one field.
    settings.setBoolean("parquet.avro.add-list-element-records", false);
    List<JsonNode> rows = new ArrayList<>();
    try (ParquetReader<GenericRecord> reader =
        AvroParquetReader.<GenericRecord>builder(new LocalInputFile(file), settings)
            .withDataModel(GenericData.get())
            .withCodecFactory(new ZstdPages())
            .build()) {
      for (GenericRecord row = reader.read(); row != null; row = reader.read()) {
        rows.add(JSON.readTree(JSON.writeValueAsBytes(plain(row.getSchema(), row))));
      }
    }
    return rows;
  }

  /** A value of Avro as JSON has it. */
  private static @Nullable Object plain(Schema schema, @Nullable Object value) {
    if (value == null) {
      return null;
    }
    if (value instanceof BigDecimal decimal) {
      // One of at most 18 digits, whose schema says no more than its width.
      return decimal.toPlainString();
    }
    return switch (schema.getType()) {
      case UNION ->
          plain(
              schema.getTypes().stream()
                  .filter(branch -> branch.getType() != Schema.Type.NULL)
                  .findFirst()
                  .orElseThrow(),
              value);
      case RECORD -> {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (Schema.Field field : schema.getFields()) {
          fields.put(field.name(), plain(field.schema(), ((GenericRecord) value).get(field.pos())));
        }
        yield fields;
      }
      case ARRAY -> {
        List<@Nullable Object> elements = new ArrayList<>();
        ((List<?>) value).forEach(element -> elements.add(plain(schema.getElementType(), element)));
        yield elements;
      }
      case MAP -> {
        List<Object> entries = new ArrayList<>();
        ((Map<?, ?>) value)
            .forEach((key, entry) -> {
              Map<String, @Nullable Object> pair = new LinkedHashMap<>();
              pair.put("key", String.valueOf(key));
              pair.put("value", plain(schema.getValueType(), entry));
              entries.add(pair);
            });
        yield entries;
      }
      case FIXED -> number(schema, ((GenericFixed) value).bytes());
      case BYTES -> bytes(schema, (ByteBuffer) value);
      case INT, LONG -> whole(schema.getLogicalType(), ((Number) value).longValue());
      case FLOAT, DOUBLE -> {
        double number = ((Number) value).doubleValue();
        yield Double.isFinite(number) ? (Object) number : Double.toString(number);
      }
      case STRING, ENUM -> value.toString();
      case BOOLEAN -> value;
      case NULL -> null;
    };
  }

  private static Object bytes(Schema schema, ByteBuffer value) {
    byte[] bytes = new byte[value.remaining()];
    value.duplicate().get(bytes);
    return schema.getLogicalType() instanceof LogicalTypes.Decimal
        ? number(schema, bytes)
        : Base64.getEncoder().encodeToString(bytes);
  }

  private static String number(Schema schema, byte[] unscaled) {
    int scale = ((LogicalTypes.Decimal) schema.getLogicalType()).getScale();
    return new BigDecimal(new BigInteger(unscaled), scale).toPlainString();
  }

  private static Object whole(@Nullable LogicalType type, long value) {
    return switch (type) {
      case null -> value;
      case LogicalTypes.Date _ -> LocalDate.ofEpochDay(value).toString();
      case LogicalTypes.TimeMicros _ -> seconds(LocalTime.ofNanoOfDay(value * 1000).toString(), 5);
      case LogicalTypes.TimestampMicros _ -> seconds(timestamp(value).toString(), 16) + "Z";
      case LogicalTypes.LocalTimestampMicros _ -> seconds(timestamp(value).toString(), 16);
      case LogicalTypes.Decimal decimal ->
          BigDecimal.valueOf(value, decimal.getScale()).toPlainString();
      default -> throw new IllegalArgumentException("No column is of type " + type.getName());
    };
  }

  private static LocalDateTime timestamp(long micros) {
    return LocalDateTime.ofEpochSecond(0, 0, ZoneOffset.UTC).plus(micros, ChronoUnit.MICROS);
  }

  /** Java leaves out seconds that are 0. */
  private static String seconds(String text, int lengthWithout) {
    return text.length() == lengthWithout ? text + ":00" : text;
  }
}
