package io.sightglass.engine.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.stores.Reject;
import io.sightglass.engine.table.Side;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AvroLoadTest {

  private static final String PATH = "topics/events/partition=%d/events+%d+%010d.avro";

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private TestingLoads loads;

  private static TestingDataset events() {
    return new TestingDataset("benefits.events")
        .source("topics/events/**/*.avro*", Source.Format.AVRO)
        .load(LoadMode.APPEND)
        .from("id", Scalar.BIGINT, true, "EventId")
        .from("what", Scalar.VARCHAR, false, "Action", "ActionName");
  }

  private void open(TestingDataset dataset) {
    loads = new TestingLoads(folder, dataset.build());
  }

  @AfterEach
  void close() {
    loads.close();
  }

  /** A file as Kafka Connect's sink writes it. */
  private static byte[] avro(String schema, String codec, List<Map<String, Object>> rows) {
    Schema parsed = new Schema.Parser().parse(schema);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataFileWriter<GenericRecord> writer =
        new DataFileWriter<>(new GenericDatumWriter<>(parsed))) {
      writer.setCodec(CodecFactory.fromString(codec));
      writer.setSyncInterval(1024);
      writer.create(parsed, bytes);
      for (Map<String, Object> row : rows) {
        GenericRecord record = new GenericData.Record(parsed);
        row.forEach(record::put);
        writer.append(record);
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  private static String record(String... fields) {
    return "{\"type\":\"record\",\"name\":\"Event\",\"namespace\":\"x\",\"fields\":["
        + String.join(",", fields)
        + "]}";
  }

  private static String field(String name, String type) {
    return "{\"name\":\"%s\",\"type\":%s}".formatted(name, type);
  }

  private static final String EVENT =
      record(field("EventId", "\"long\""), field("ActionName", "[\"null\",\"string\"]"));

  private static List<Map<String, Object>> events(int from, int to) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (long id = from; id <= to; id++) {
      rows.add(Map.of("EventId", id, "ActionName", "a" + id));
    }
    return rows;
  }

  /** A megabyte may unpack to more than the memory of the process, which would end. */
  @Test
  void aBlockThatUnpacksToTooMuchIsNotUnpacked() {
    open(events());
    Map<String, Object> bomb = Map.of("EventId", 1L, "ActionName", "a".repeat(17 << 20));
    loads.deliver(PATH.formatted(0, 0, 0), avro(EVENT, "deflate", List.of(bomb)));
    Load load = loads.loadOne();
    assertThat(load.state()).isEqualTo(Load.State.QUARANTINED);
    assertThat(load.reason()).isEqualTo("A block of the Avro file unpacks to more than 16 MB");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "deflate", "snappy", "zstandard", "bzip2", "xz"})
  void everyCodecIsRead(String codec) {
    open(events());
    loads.deliver(PATH.formatted(0, 0, 0), avro(EVENT, codec, events(1, 1000)));
    Load load = loads.loadOne();
    assertThat(load.state()).as("%s", load).isEqualTo(Load.State.COMMITTED);
    assertThat(load.rows()).isEqualTo(new Load.RowCounts(1000, 1000, 0, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "count(*), sum(id), min(what), max(what)"))
        .containsExactly("1000|500500|a1|a999");
  }

  @Test
  void withoutAKeyTopicPartitionAndOffsetAreTheIdentity() {
    open(events());
    byte[] same = avro(EVENT, "null", events(1, 3));
    loads.deliver(PATH.formatted(0, 0, 0), same);
    loads.deliver(PATH.formatted(1, 1, 0), same);
    loads.deliver(PATH.formatted(0, 0, 3), same);
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id")).hasSize(9);
    // The sink wrote it again after a crash, elsewhere and with other digits.
    loads.deliver("topics/events/again/events+0+3.avro", avro(EVENT, "deflate", events(1, 3)));
    assertThat(loads.loadOne().code()).isEqualTo("REPEATED");
    assertThat(loads.rows(Side.ORDINARY, "id")).hasSize(9);
    // Not of the sink: the content counts.
    loads.deliver("topics/events/x/export.avro", same);
    loads.deliver("topics/events/x/export2.avro", same);
    assertThat(loads.load())
        .extracting(Load::state)
        .containsExactlyInAnyOrder(Load.State.COMMITTED, Load.State.SKIPPED);
  }

  @Test
  void logicalTypesKeepTheirMeaning() {
    open(
        new TestingDataset("benefits.events")
            .source("topics/**/*.avro", Source.Format.AVRO)
            .column("day", Scalar.DATE)
            .column("millis", Scalar.TIMESTAMPTZ)
            .column("micros", Scalar.TIMESTAMPTZ)
            .column("local", Scalar.TIMESTAMP)
            .column(
                "eastern",
                Scalar.TIMESTAMP,
                TestingDataset.formats("America/New_York"),
                Column.Constraints.NONE)
            .column("time", Scalar.VARCHAR)
            .column("amount", new ColumnType.Decimal(18, 2))
            .column("fixed_amount", new ColumnType.Decimal(9, 3))
            .column("ident", Scalar.UUID)
            .column("share", Scalar.DOUBLE)
            .column("small", Scalar.BIGINT)
            .column("yes", Scalar.BOOLEAN)
            .column("kind", Scalar.VARCHAR)
            .column("raw", Scalar.VARCHAR)
            .column("either", Scalar.VARCHAR)
            .column("written", Scalar.TIMESTAMPTZ));
    String schema =
        record(
            field("day", "{\"type\":\"int\",\"logicalType\":\"date\"}"),
            field("millis", "[\"null\",{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}]"),
            field("micros", "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}"),
            field("local", "{\"type\":\"long\",\"logicalType\":\"local-timestamp-millis\"}"),
            field("eastern", "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}"),
            field("time", "{\"type\":\"int\",\"logicalType\":\"time-millis\"}"),
            field(
                "amount",
                "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":18,\"scale\":2}"),
            field(
                "fixed_amount",
                "{\"type\":\"fixed\",\"name\":\"F\",\"size\":4,\"logicalType\":\"decimal\",\"precision\":9,\"scale\":3}"),
            field("ident", "{\"type\":\"string\",\"logicalType\":\"uuid\"}"),
            field("share", "\"float\""),
            field("small", "\"int\""),
            field("yes", "\"boolean\""),
            field("kind", "{\"type\":\"enum\",\"name\":\"K\",\"symbols\":[\"NEW\",\"OLD\"]}"),
            field("raw", "\"bytes\""),
            field("either", "[\"null\",\"string\",\"long\"]"),
            field("written", "\"string\""));
    Schema fixed = new Schema.Parser().parse(schema).getField("fixed_amount").schema();
    Schema kind = new Schema.Parser().parse(schema).getField("kind").schema();
    Map<String, Object> row =
        Map.ofEntries(
            Map.entry("day", 20_000),
            Map.entry("millis", 1_700_000_000_123L),
            Map.entry("micros", 1_700_000_000_123_456L),
            Map.entry("local", 1_700_000_000_123L),
            Map.entry("eastern", 1_700_000_000_000L),
            Map.entry("time", 36_061_001),
            Map.entry(
                "amount", ByteBuffer.wrap(new BigDecimal("-12.34").unscaledValue().toByteArray())),
            Map.entry(
                "fixed_amount", new GenericData.Fixed(fixed, new byte[] {0, 0, 4, (byte) 0xd2})),
            Map.entry("ident", "6f1c2f1e-0000-4000-8000-000000000001"),
            Map.entry("share", 0.5f),
            Map.entry("small", 7),
            Map.entry("yes", true),
            Map.entry("kind", new GenericData.EnumSymbol(kind, "OLD")),
            Map.entry("raw", ByteBuffer.wrap("abc".getBytes(UTF_8))),
            Map.entry("either", 42L),
            Map.entry("written", "2025-03-01T10:00:00+02:00"));
    loads.deliver("topics/a.avro", avro(schema, "null", List.of(row)));
    Load load = loads.loadOne();
    assertThat(load.rows()).as("%s", load).isEqualTo(new Load.RowCounts(1, 1, 0, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "day, millis, micros, local, eastern, time"))
        .containsExactly(
            "2024-10-04|2023-11-14T22:13:20.123Z|2023-11-14T22:13:20.123456Z|2023-11-14"
                + " 22:13:20.123|2023-11-14 17:13:20.0|10:01:01.001");
    assertThat(
            loads.rows(
                Side.ORDINARY,
                "amount, fixed_amount, ident, share, small, yes, kind, raw, either, written"))
        .containsExactly(
            "-12.34|1.234|6f1c2f1e-0000-4000-8000-000000000001|0.5|7|true|OLD|YWJj|42|2025-03-01T08:00Z");
  }

  /** The engine would make a double of it. */
  @Test
  void aDecimalOfMoreDigitsThanThereAreIsRefused() {
    open(events().column("amount", new ColumnType.Decimal(38, 5)));
    String schema =
        record(
            field("EventId", "\"long\""),
            field(
                "amount",
                "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":50,\"scale\":5}"));
    ByteBuffer amount =
        ByteBuffer.wrap(new BigDecimal("12345678901234567890.12345").unscaledValue().toByteArray());
    loads.deliver(
        "topics/events/a.avro",
        avro(schema, "null", List.of(Map.of("EventId", 1L, "amount", amount))));
    Load load = loads.loadOne();
    assertThat(load.state()).isEqualTo(Load.State.QUARANTINED);
    assertThat(load.reason()).contains("\"amount\"", "50 digits; allowed: 38");
  }

  @Test
  void rowsAreJudgedAsThoseOfTexts() {
    open(
        events()
            .where("id <> 4")
            .key(null, "id")
            .direct("ssn", Scalar.VARCHAR, Mask.LAST4)
            .column(
                "state",
                Scalar.VARCHAR,
                TextFormat.DEFAULT,
                new Column.Constraints(false, "[a-z]+", List.of("open", "done"), null, null))
            .column(
                "count",
                Scalar.INTEGER,
                TextFormat.DEFAULT,
                new Column.Constraints(false, null, List.of(), "0", "9")));
    String schema =
        record(
            field("EventId", "[\"null\",\"long\"]"),
            field("Action", "\"string\""),
            field("ssn", "\"string\""),
            field("state", "\"string\""),
            field("count", "\"double\""),
            field("extra", "\"int\""));
    List<Map<String, Object>> rows = new ArrayList<>();
    Object[][] cells = {
      {1L, "CNRY-11-2222", "open", 1.0},
      {null, "CNRY-11-0000", "open", 1.0},
      {2L, "CNRY-11-2222", "OPEN", 1.0},
      {3L, "CNRY-11-2222", "other", 1.0},
      {4L, "CNRY-11-2222", "open", 1.0},
      {5L, "CNRY-11-2222", "open", 1.5},
      {6L, "CNRY-11-2222", "open", 10.0},
      {1L, "CNRY-11-3333", "done", 2.0},
      {7L, "", "", 0.0}
    };
    for (Object[] cell : cells) {
      Map<String, Object> row = new HashMap<>();
      row.put("EventId", cell[0]);
      row.put("Action", "x");
      row.put("ssn", cell[1]);
      row.put("state", cell[2]);
      row.put("count", cell[3]);
      row.put("extra", 1);
      rows.add(row);
    }
    loads.deliver(PATH.formatted(0, 0, 0), avro(schema, "null", rows));
    Load load = loads.loadOne();
    assertThat(load.rows()).isEqualTo(new Load.RowCounts(9, 2, 5, 1, 1));
    assertThat(load.reason()).contains("extra");
    assertThat(loads.rows(Side.ORDINARY, "id, what, ssn, state, count"))
        .containsExactly("1|x|****-**-3333|done|2", "7|x|null|null|0");
    assertThat(loads.rows(Side.VAULT, "ssn")).containsExactly("CNRY-11-3333", "null");
    assertThat(loads.service().rejects(load.id(), true, 10, null).items())
        .containsExactly(
            new Reject(2, 0, "id", "is required", null),
            new Reject(3, 0, "state", "does not match the contract's pattern", "OPEN"),
            new Reject(4, 0, "state", "is none of the allowed values", "other"),
            new Reject(6, 0, "count", "is no INTEGER", "1.5"),
            new Reject(7, 0, "count", "is more than 9", "10.0"));
    assertThat(loads.filesWith("CNRY", "warehouse/data", "metadata.db", "catalog.db")).isEmpty();
  }

  @Test
  void everyFileIsReadByItsOwnSchema() {
    open(events().column("added", Scalar.INTEGER));
    loads.deliver(PATH.formatted(0, 0, 0), avro(EVENT, "null", events(1, 1)));
    String renamed =
        record(
            field("added", "[\"null\",\"int\"]"),
            field("Action", "[\"null\",\"string\"]"),
            field("ActionName", "[\"null\",\"string\"]"),
            field("EventId", "\"int\""));
    Map<String, Object> both = new HashMap<>();
    both.put("EventId", 3);
    both.put("Action", null);
    both.put("ActionName", "old");
    loads.deliver(
        PATH.formatted(0, 0, 1),
        avro(renamed, "null", List.of(Map.of("EventId", 2, "Action", "new", "added", 5), both)));
    assertThat(loads.load()).extracting(Load::state).containsOnly(Load.State.COMMITTED);
    assertThat(loads.rows(Side.ORDINARY, "id, what, added"))
        .containsExactly("1|a1|null", "2|new|5", "3|old|null");
  }

  @Test
  void recordsListsAndMapsBecomeStructsAndLists() {
    ColumnType address =
        new ColumnType.Struct(
            List.of(
                new ColumnType.Field("city", Scalar.VARCHAR),
                new ColumnType.Field("zip", Scalar.INTEGER),
                new ColumnType.Field("since", Scalar.DATE)));
    ColumnType entries =
        new ColumnType.ListOf(
            new ColumnType.Struct(
                List.of(
                    new ColumnType.Field("key", Scalar.VARCHAR),
                    new ColumnType.Field("value", Scalar.BIGINT))));
    open(
        new TestingDataset("benefits.events")
            .source("topics/**/*.avro", Source.Format.AVRO)
            .column("id", Scalar.BIGINT)
            .column("tags", new ColumnType.ListOf(Scalar.VARCHAR))
            .column("address", address)
            .column("addresses", new ColumnType.ListOf(address))
            .column("counts", entries)
            .column("as_text", Scalar.VARCHAR));
    String nested =
        "{\"type\":\"record\",\"name\":\"Address\",\"fields\":[{\"name\":\"city\",\"type\":[\"null\",\"string\"]},{\"name\":\"zip\",\"type\":\"string\"},{\"name\":\"other\",\"type\":\"int\"}]}";
    String schema =
        record(
            field("id", "\"long\""),
            field("tags", "{\"type\":\"array\",\"items\":[\"null\",\"string\"]}"),
            field("address", "[\"null\"," + nested + "]"),
            field("addresses", "{\"type\":\"array\",\"items\":\"Address\"}"),
            field("counts", "{\"type\":\"map\",\"values\":\"int\"}"),
            field("as_text", "{\"type\":\"map\",\"values\":\"int\"}"));
    Schema of = new Schema.Parser().parse(schema).getField("addresses").schema().getElementType();
    GenericRecord place = new GenericData.Record(of);
    place.put("city", "Erie");
    place.put("zip", "16501");
    place.put("other", 1);
    GenericRecord bad = new GenericData.Record(of);
    bad.put("zip", "x");
    bad.put("other", 1);
    loads.deliver(
        "topics/a.avro",
        avro(
            schema,
            "null",
            List.of(
                Map.of(
                    "id",
                    1L,
                    "tags",
                    Arrays.asList("a", null),
                    "address",
                    place,
                    "addresses",
                    List.of(place, place),
                    "counts",
                    Map.of("k", 3),
                    "as_text",
                    Map.of("k", 3)),
                Map.of(
                    "id",
                    2L,
                    "tags",
                    List.of(),
                    "addresses",
                    List.of(),
                    "counts",
                    Map.of(),
                    "as_text",
                    Map.of()),
                Map.of(
                    "id",
                    3L,
                    "tags",
                    List.of(),
                    "addresses",
                    List.of(place, bad),
                    "counts",
                    Map.of(),
                    "as_text",
                    Map.of()))));
    Load load = loads.loadOne();
    assertThat(load.rows()).as("%s", load).isEqualTo(new Load.RowCounts(3, 2, 1, 0, 0));
    assertThat(loads.rows(Side.ORDINARY, "id, tags, address, addresses, counts, as_text"))
        .containsExactly(
            "1|[a, NULL]|{'city': Erie, 'zip': 16501, 'since': NULL}|[{'city': Erie, 'zip': 16501,"
                + " 'since': NULL}, {'city': Erie, 'zip': 16501, 'since': NULL}]|[{'key': k,"
                + " 'value': 3}]|{\"k\":3}",
            "2|[]|null|[]|[]|{}");
    assertThat(loads.service().rejects(load.id(), false, 10, null).items().getFirst().column())
        .isEqualTo("addresses");
  }

  @Test
  void aFileThatIsBrokenAsAWholeIsQuarantined() {
    open(events());
    byte[] good = avro(EVENT, "deflate", events(1, 500));
    byte[] damaged = good.clone();
    damaged[good.length / 2] ^= 0x55;
    byte[] sync = good.clone();
    sync[good.length - 3] ^= 0x55;
    Map<String, byte[]> objects =
        Map.of(
            "a CUT_OFF", Arrays.copyOf(good, good.length - 20),
            "b CUT_OFF", Arrays.copyOf(good, good.length / 2),
            "c CUT_OFF", Arrays.copyOf(good, 20),
            "d MALFORMED", new byte[0],
            "e MALFORMED", "EventId,ActionName\n1,x\n".getBytes(UTF_8),
            "f MALFORMED", damaged,
            "g MALFORMED", sync,
            "h MALFORMED",
                avro(record(field("other", "\"int\"")), "null", List.of(Map.of("other", 1))),
            "i MISSING_COLUMN", avro(record(field("ActionName", "\"string\"")), "null", List.of()));
    objects.forEach((name, bytes) -> {
      loads.deliver("topics/events/p/%s.avro".formatted(name.charAt(0)), bytes);
      Load load = loads.loadOne();
      assertThat(load.state()).as(name).isEqualTo(Load.State.QUARANTINED);
      assertThat(load.code()).as(name).isEqualTo(name.substring(2));
    });
    assertThat(loads.rows(Side.ORDINARY, "id")).isEmpty();
  }

  @Test
  void anEmptyFileIsAnEmptyLoad() {
    open(events());
    loads.deliver(PATH.formatted(0, 0, 0), avro(EVENT, "null", List.of()));
    assertThat(loads.loadOne().rows()).isEqualTo(new Load.RowCounts(0, 0, 0, 0, 0));
  }
}
