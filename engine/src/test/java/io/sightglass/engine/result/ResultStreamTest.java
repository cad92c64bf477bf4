package io.sightglass.engine.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.query.Admission;
import io.sightglass.engine.query.Parameters;
import io.sightglass.engine.query.RunningStatement;
import io.sightglass.engine.query.StatementRecord;
import io.sightglass.engine.query.StatementRequest;
import io.sightglass.engine.query.StatementState;
import io.sightglass.engine.query.TestingService;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.zip.CRC32C;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResultStreamTest {

  @TempDir static Path folder;
  private static TestingService testing;

  @BeforeAll
  static void open() throws IOException {
    testing =
        new TestingService(
            folder, new Admission.Capacity(50, 100, 1_000_000_000), Duration.ofSeconds(60));
  }

  @AfterAll
  static void close() {
    testing.close();
  }

  @AfterEach
  void nothingIsHeld() {
    assertThat(testing.service.inFlight()).isZero();
    assertThat(testing.admission.running()).isZero();
    assertThat(testing.openLeases).hasValue(0);
    assertThat(testing.openSessions()).isZero();
    assertThat(DuckDbInstance.batchBytesInUse()).isZero();
  }

  private record Answer(
      ByteArrayOutputStream body, ResultStream.Trailer trailer, StatementRecord record) {
    byte[] bytes() {
      return body.toByteArray();
    }

    String text() {
      return body.toString(StandardCharsets.UTF_8);
    }
  }

  private static RunningStatement<ResultStream> execute(
      String role, String sql, ResultEncoder encoder, OptionalLong rows) {
    StatementRequest request =
        new StatementRequest(sql, Parameters.NONE, null, rows, null, encoder.format().key());
    return testing.service.execute(request, TestingService.principal(role), encoder);
  }

  private static Answer answer(String role, String sql, ResultEncoder encoder, OptionalLong rows) {
    RunningStatement<ResultStream> statement = execute(role, sql, encoder, rows);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ResultStream stream;
    try {
      stream = statement.opened().join();
      drain(stream, out);
    } catch (CompletionException e) {
      statement.ended().join();
      throw (EngineException) e.getCause();
    } catch (EngineException e) {
      statement.ended().join();
      throw e;
    }
    statement.ended().join();
    assertThat(stream.length().orElse(out.size())).isEqualTo(out.size());
    return new Answer(out, stream.trailer(), testing.log.find(statement.id()).orElseThrow());
  }

  private static void drain(ResultStream stream, ByteArrayOutputStream out) {
    for (Chunk chunk = stream.next(); chunk != null; chunk = stream.next()) {
      long size = 0;
      for (ByteBuffer buffer : chunk.buffers()) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        out.writeBytes(bytes);
        size += bytes.length;
      }
      assertThat(size).isEqualTo(chunk.size());
      chunk.release();
    }
  }

  private static Answer answer(String sql, ResultEncoder encoder) {
    return answer("analyst", sql, encoder, OptionalLong.empty());
  }

  private static String digest(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    byte[] value = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
    return "crc32c=:" + Base64.getEncoder().encodeToString(value) + ":";
  }

  /**
   * It knows by the format's own end that it has everything, and need not wait for the transfer's.
   */
  @ParameterizedTest
  @EnumSource(
      value = ResultFormat.class,
      names = {"ARROW", "PARQUET"})
  void whoLeavesWithTheLastByteHasNotCancelled(ResultFormat format) {
    String sql = "SELECT * FROM range(300000)";
    int whole = answer(sql, ResultEncoders.of(format)).bytes().length;
    List<StatementState> states = new ArrayList<>();
    long taken = 0;
    for (int chunks = 1; taken < whole; chunks++) {
      RunningStatement<ResultStream> statement =
          execute("analyst", sql, ResultEncoders.of(format), OptionalLong.empty());
      taken = 0;
      try (ResultStream stream = statement.opened().join()) {
        for (int chunk = 0; chunk < chunks; chunk++) {
          Chunk next = Objects.requireNonNull(stream.next());
          taken += next.size();
          next.release();
        }
      }
      statement.ended().join();
      states.add(testing.log.find(statement.id()).orElseThrow().state());
    }
    assertThat(states).hasSizeGreaterThan(1).last().isEqualTo(StatementState.SUCCEEDED);
    assertThat(states.subList(0, states.size() - 1)).containsOnly(StatementState.CANCELLED);
  }

  @ParameterizedTest
  @EnumSource(ResultFormat.class)
  void everyFormatEndsWithItsCountItsDigestAndItsRecord(ResultFormat format) {
    Answer answer =
        answer("SELECT claim_id, zip FROM claims WHERE claim_id < 3000", ResultEncoders.of(format));
    assertThat(answer.trailer.rowCount()).isEqualTo(3000);
    assertThat(answer.trailer.status()).isEqualTo("complete");
    assertThat(answer.trailer.reprDigest()).isEqualTo(digest(answer.bytes()));
    assertThat(answer.record.state()).isEqualTo(StatementState.SUCCEEDED);
    assertThat(answer.record.rowCount()).isEqualTo(3000);
    assertThat(answer.record.bytes()).isEqualTo(answer.bytes().length);
    assertThat(answer.record.digest()).isEqualTo(answer.trailer.reprDigest());
  }

  @Test
  void arrowComesWholeInPlainLayouts() throws IOException {
    Answer answer =
        answer(
            "SELECT claim_id, zip, claim_id::HUGEINT AS h, [claim_id] AS l, {'a': zip} AS s,"
                + " TIMESTAMPTZ '2026-01-01' AS t, '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID"
                + " AS u, MAP {zip: 1} AS m FROM claims WHERE claim_id < 100000",
            new ArrowEncoder());
    try (BufferAllocator allocator = new RootAllocator();
        ArrowStreamReader reader =
            new ArrowStreamReader(new ByteArrayInputStream(answer.bytes()), allocator)) {
      assertThat(reader.getVectorSchemaRoot().getSchema().getFields())
          .extracting(Field::getType)
          .extracting(Object::toString)
          .containsExactly(
              "Int(64, true)",
              "Utf8",
              "Decimal(38, 0, 128)",
              "List",
              "Struct",
              "Timestamp(MICROSECOND, UTC)",
              "Utf8",
              "Map(false)");
      long rows = 0;
      while (reader.loadNextBatch()) {
        rows += reader.getVectorSchemaRoot().getRowCount();
      }
      assertThat(rows).isEqualTo(100_000);
    }
    assertThat(answer.bytes()).endsWith(-1, -1, -1, -1, 0, 0, 0, 0);
  }

  @ParameterizedTest
  @EnumSource(ResultFormat.class)
  void anAnswerWhoseRecordCannotBeWrittenSaysSo(ResultFormat format) {
    testing.database.inTransaction(t -> t.update("ALTER TABLE statement RENAME TO gone"));
    try {
      RunningStatement<ResultStream> statement =
          execute(
              "analyst",
              "SELECT claim_id FROM claims WHERE claim_id < 9",
              ResultEncoders.of(format),
              OptionalLong.empty());
      assertThatThrownBy(() -> statement.opened().join())
          .cause()
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
      statement.ended().join();
    } finally {
      testing.database.inTransaction(t -> t.update("ALTER TABLE gone RENAME TO statement"));
    }
  }

  @Test
  void aRowLimitOfTheRequestEndsTheAnswerInOrder() throws IOException {
    for (ResultFormat format : ResultFormat.values()) {
      Answer answer =
          answer(
              "analyst",
              "SELECT claim_id FROM claims ORDER BY claim_id",
              ResultEncoders.of(format),
              OptionalLong.of(17));
      assertThat(answer.trailer.rowCount()).as(format.name()).isEqualTo(17);
      assertThat(answer.trailer.status()).isEqualTo("truncated");
      assertThat(answer.record.state()).isEqualTo(StatementState.SUCCEEDED);
    }
    Answer exact =
        answer(
            "analyst",
            "SELECT claim_id FROM claims WHERE claim_id < 17",
            new CsvEncoder(),
            OptionalLong.of(17));
    assertThat(exact.trailer.status()).isEqualTo("complete");
    JsonNode json =
        new ObjectMapper()
            .readTree(answer("SELECT claim_id FROM claims", new JsonEncoder()).text());
    assertThat(json.path("rowCount").asLong()).isEqualTo(10_000);
    assertThat(json.path("rows")).hasSize(10_000);
    assertThat(json.path("truncated").asBoolean()).isTrue();
    assertThat(json.path("tables").path(0).path("snapshotId").asLong()).isEqualTo(11);
  }

  @ParameterizedTest
  @EnumSource(ResultFormat.class)
  void theRolesRowsAndBytesFailTheAnswer(ResultFormat format) {
    ResultEncoder encoder = ResultEncoders.of(format);
    assertThatThrownBy(
            () -> answer("station_user", "SELECT 1 FROM claims", encoder, OptionalLong.empty()))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.ROW_LIMIT);
              assertThat(e.detail()).contains("5000");
            });
    assertThatThrownBy(() ->
            answer(
                "station_user",
                "SELECT hash(claim_id), md5(claim_id::VARCHAR), md5(zip || claim_id) FROM"
                    + " claims LIMIT 4000",
                encoder,
                OptionalLong.empty()))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BYTE_LIMIT));
  }

  @ParameterizedTest
  @EnumSource(
      value = ResultFormat.class,
      names = {"ARROW", "CSV", "NDJSON"})
  void aLateFailureComesAfterMegabytesAndNeverLooksLikeTheEnd(ResultFormat format) {
    RunningStatement<ResultStream> statement =
        execute(
            "analyst",
            "SELECT claim_id, code::INTEGER AS code, zip FROM claims",
            ResultEncoders.of(format),
            OptionalLong.empty());
    ResultStream stream = statement.opened().join();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThatThrownBy(() -> drain(stream, out))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CAST_FAILED));
    assertThat(out.size()).isGreaterThan(1_000_000);
    assertThatThrownBy(stream::next).isInstanceOf(EngineException.class);
    assertThatThrownBy(stream::trailer).isInstanceOf(IllegalStateException.class);
    stream.close();
    assertThat(statement.ended().join()).isEqualTo(StatementState.FAILED);
    StatementRecord record = testing.log.find(statement.id()).orElseThrow();
    assertThat(record.errorCode()).isEqualTo(ErrorCode.CAST_FAILED);
    assertThat(record.digest()).isNull();
  }

  @Test
  void aStreamThatIsClosedEarlyIsCancelled() {
    RunningStatement<ResultStream> statement =
        execute("analyst", "SELECT * FROM claims", new ArrowEncoder(), OptionalLong.empty());
    ResultStream stream = statement.opened().join();
    Chunk schema = Objects.requireNonNull(stream.next());
    Chunk batch = Objects.requireNonNull(stream.next());
    stream.close();
    assertThat(statement.ended().join()).isEqualTo(StatementState.CANCELLED);
    // What is on its way to the client stays readable until it is released.
    assertThat(batch.buffers().getLast().remaining()).isPositive();
    assertThat(DuckDbInstance.batchBytesInUse()).isPositive();
    schema.release();
    batch.release();
    assertThatThrownBy(stream::next).isInstanceOf(EngineException.class);
  }

  @Test
  void fortyReadersThatPauseHoldNoThread() {
    List<RunningStatement<ResultStream>> statements = new ArrayList<>();
    List<ResultStream> streams = new ArrayList<>();
    for (int index = 0; index < 40; index++) {
      RunningStatement<ResultStream> statement =
          execute("analyst", "SELECT * FROM claims", new CsvEncoder(), OptionalLong.empty());
      statements.add(statement);
      streams.add(statement.opened().join());
    }
    for (ResultStream stream : streams) {
      Objects.requireNonNull(stream.next()).release();
    }
    // All threads of the engine are free for somebody else.
    assertThat(answer("SELECT count(*) FROM claims", new CsvEncoder()).text())
        .isEqualTo("count_star()\n2000000\n");
    List<CompletableFuture<Void>> rest = new ArrayList<>();
    for (int index = 0; index < streams.size(); index++) {
      ResultStream stream = streams.get(index);
      rest.add(CompletableFuture.runAsync(stream::close, statements.get(index).executor()));
    }
    rest.forEach(CompletableFuture::join);
    statements.forEach(statement -> statement.ended().join());
  }

  @Test
  void aClientThatTakesNothingIsCut() throws IOException {
    try (TestingService impatient =
        new TestingService(
            folder.resolve("impatient"),
            new Admission.Capacity(50, 100, 1_000_000_000),
            Duration.ofMillis(200))) {
      RunningStatement<ResultStream> statement =
          impatient.service.execute(
              TestingService.request("SELECT * FROM claims"),
              TestingService.principal("analyst"),
              new CsvEncoder());
      ResultStream stream = statement.opened().join();
      assertThat(statement.ended().join()).isEqualTo(StatementState.CANCELLED);
      assertThatThrownBy(stream::next).isInstanceOf(EngineException.class);
      assertThat(impatient.log.find(statement.id()).orElseThrow().errorDetail())
          .contains("took nothing");
    }
  }

  @Test
  void parquetCarriesWhatItStandsOn() throws IOException, SQLException {
    Answer answer =
        answer(
            "SELECT claim_id, zip, ssn, claim_id::HUGEINT AS h, INTERVAL 1 DAY AS i FROM claims"
                + " WHERE claim_id < 1234",
            new ParquetEncoder());
    Path file = folder.resolve("copy.parquet");
    Files.write(file, answer.bytes());
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT count(*), sum(h), min(i), any_value(typeof(h)) FROM '" + file + "'")) {
        rows.next();
        assertThat(rows.getLong(1)).isEqualTo(1234);
        assertThat(rows.getString(3)).isEqualTo("P1D");
        assertThat(rows.getString(4)).isEqualTo("DECIMAL(38,0)");
      }
      List<String> metadata = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT decode(key) || '=' || decode(value) FROM parquet_kv_metadata('"
                  + file
                  + "')")) {
        while (rows.next()) {
          metadata.add(rows.getString(1));
        }
      }
      assertThat(metadata)
          .contains(
              "sightglass.row_count=0000000000000001234", "sightglass.snapshots=benefits.claims=11")
          .anyMatch(entry -> entry.startsWith("sightglass.query_hash="))
          .anyMatch(entry -> entry.startsWith("sightglass.policy_hash="));
    }
  }

  @Test
  void compressedArrowHoldsTheSameRows() throws IOException, InterruptedException {
    for (ArrowCompression compression : ArrowCompression.values()) {
      Answer answer =
          answer(
              "SELECT claim_id, zip FROM claims WHERE claim_id < 100000",
              new ArrowEncoder(compression));
      assertThat(answer.bytes().length).isLessThan(1_500_000);
      assertThat(answer.trailer.rowCount()).isEqualTo(100_000);
    }
  }

  @Test
  void theEntityTagChangesWithWhateverDecidesTheAnswer() {
    String plain = etag("analyst", "SELECT zip FROM claims LIMIT 1");
    assertThat(plain).isNotNull().isEqualTo(etag("analyst", "SELECT   zip FROM claims LIMIT 1"));
    assertThat(etag("station_user", "SELECT zip FROM claims LIMIT 1")).isNotEqualTo(plain);
    assertThat(etag("analyst", "SELECT random() FROM claims LIMIT 1")).isNull();
  }

  private static @Nullable String etag(String role, String sql) {
    RunningStatement<ResultStream> statement =
        execute(role, sql, new CsvEncoder(), OptionalLong.empty());
    ResultStream stream = statement.opened().join();
    String etag = stream.answer().etag();
    stream.close();
    statement.ended().join();
    return etag;
  }
}
