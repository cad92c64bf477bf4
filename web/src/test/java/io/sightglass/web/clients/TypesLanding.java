package io.sightglass.web.clients;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * The rows of {@code packs/types-landing.ndjson} as the files that the datasets of {@code
 * packs/types} come from: NDJSON, Avro and Parquet, each with the types that are its own.
 */
final class TypesLanding {

  private static final Path ROWS =
      Path.of("src", "test", "resources", "packs", "types-landing.ndjson");
  private static final ObjectMapper JSON = new ObjectMapper();

  private TypesLanding() {}

  /** Writes one file for each dataset below a landing folder. */
  static void write(Path landing) throws IOException {
    Path lines = Files.createDirectories(landing.resolve("lines")).resolve("all.ndjson");
    Files.copy(ROWS, lines);
    writeAvro(Files.createDirectories(landing.resolve("records")).resolve("all.avro"));
    writeParquet(Files.createDirectories(landing.resolve("files")).resolve("all.parquet"));
  }

  private static void writeParquet(Path file) throws IOException {
    String columns =
        """
        n: 'INTEGER', boolean: 'BOOLEAN', integer: 'INTEGER', bigint: 'BIGINT', double: 'DOUBLE',
        decimal: 'DECIMAL(38,9)', varchar: 'VARCHAR', varchar_empty: 'VARCHAR', date: 'DATE',
        timestamp: 'TIMESTAMP', timestamptz: 'TIMESTAMPTZ', uuid: 'UUID', list: 'INTEGER[]',
        list_empty: 'INTEGER[]', list_of_text: 'VARCHAR[]', list_of_lists: 'BIGINT[][]',
        struct: 'STRUCT(a INTEGER, b VARCHAR, c DATE, d BIGINT)',
        list_of_structs: 'STRUCT(a INTEGER, t TIMESTAMPTZ)[]',
        struct_of_lists: 'STRUCT(d DECIMAL(10,2), l DOUBLE[], s STRUCT(x VARCHAR, u UUID))'
        """;
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      statement.execute(
          "COPY (SELECT * FROM read_ndjson('%s', columns = {%s})) TO '%s' (FORMAT parquet)"
              .formatted(ROWS, columns, file));
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }

  private static void writeAvro(Path file) throws IOException {
    Schema schema = schema();
    try (DataFileWriter<GenericRecord> writer =
        new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
      writer.create(schema, file.toFile());
      for (String line : Files.readAllLines(ROWS)) {
        writer.append((GenericRecord) avro(JSON.readTree(line), schema));
      }
    }
  }

  private static Schema schema() {
    Schema date = LogicalTypes.date().addToSchema(Schema.create(Schema.Type.INT));
    Schema instant = LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
    Schema local = LogicalTypes.localTimestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
    Schema uuid = LogicalTypes.uuid().addToSchema(Schema.create(Schema.Type.STRING));
    Schema text = Schema.create(Schema.Type.STRING);
    Schema number = Schema.create(Schema.Type.INT);
    Schema large = Schema.create(Schema.Type.LONG);
    Schema real = Schema.create(Schema.Type.DOUBLE);
    return record(
        "everything",
        List.of(
            field("n", number),
            field("boolean", Schema.create(Schema.Type.BOOLEAN)),
            field("integer", number),
            field("bigint", large),
            field("double", real),
            field("decimal", decimal(38, 9)),
            field("varchar", text),
            field("varchar_empty", text),
            field("date", date),
            field("timestamp", local),
            field("timestamptz", instant),
            field("uuid", uuid),
            field("list", list(number)),
            field("list_empty", list(number)),
            field("list_of_text", list(text)),
            field("list_of_lists", list(list(large))),
            field(
                "struct",
                record(
                    "four",
                    List.of(
                        field("a", number),
                        field("b", text),
                        field("c", date),
                        field("d", large)))),
            field(
                "list_of_structs",
                list(record("two", List.of(field("a", number), field("t", instant))))),
            field(
                "struct_of_lists",
                record(
                    "three",
                    List.of(
                        field("d", decimal(10, 2)),
                        field("l", list(real)),
                        field(
                            "s", record("inner", List.of(field("x", text), field("u", uuid)))))))));
  }

  private static Schema decimal(int precision, int scale) {
    return LogicalTypes.decimal(precision, scale).addToSchema(Schema.create(Schema.Type.BYTES));
  }

  private static Schema record(String name, List<Schema.Field> fields) {
    return Schema.createRecord(name, null, "types", false, fields);
  }

  private static Schema.Field field(String name, Schema schema) {
    return new Schema.Field(name, nullable(schema));
  }

  private static Schema list(Schema element) {
    return Schema.createArray(nullable(element));
  }

  private static Schema nullable(Schema schema) {
    return SchemaBuilder.nullable().type(schema);
  }

  private static @Nullable Object avro(JsonNode value, Schema schema) {
    return switch (schema.getType()) {
      case UNION -> value.isNull() ? null : avro(value, notNull(schema));
      case RECORD -> {
        GenericData.Record record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) {
          record.put(field.name(), avro(value.get(field.name()), field.schema()));
        }
        yield record;
      }
      case ARRAY -> {
        List<@Nullable Object> elements = new ArrayList<>();
        value.forEach(element -> elements.add(avro(element, schema.getElementType())));
        yield elements;
      }
      case BYTES -> ByteBuffer.wrap(new BigDecimal(value.asText()).unscaledValue().toByteArray());
      case BOOLEAN -> value.asBoolean();
      case DOUBLE -> value.asDouble();
      case STRING -> value.asText();
      case INT ->
          value.isTextual() ? (int) LocalDate.parse(value.asText()).toEpochDay() : value.asInt();
      case LONG -> value.isTextual() ? micros(value.asText()) : value.asLong();
      case ENUM, MAP, FIXED, FLOAT, NULL ->
          throw new IllegalArgumentException("No column is of type " + schema);
    };
  }

  private static Schema notNull(Schema union) {
    return union.getTypes().stream()
        .filter(branch -> branch.getType() != Schema.Type.NULL)
        .findFirst()
        .orElseThrow();
  }

  private static long micros(String text) {
    Instant instant =
        text.endsWith("Z")
            ? Instant.parse(text)
            : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }
}
