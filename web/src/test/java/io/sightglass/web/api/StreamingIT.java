package io.sightglass.web.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdInputStream;
import io.sightglass.engine.result.ResultEncoder;
import io.sightglass.web.TestingService;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client sees on the wire: trailers, cuts, credit, and what happens when it goes. */
class StreamingIT {

  private static final TestingStatements STATEMENTS = new TestingStatements();
  private static TestingService service;

  @BeforeAll
  static void start() {
    service =
        TestingService.start(
            STATEMENTS, (format, codec) -> TestingService.absent(ResultEncoder.class));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  /** An answer taken apart by hand. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Raw(
      String status, Map<String, String> headers, byte[] body, Map<String, String> trailers) {}

  private static Socket ask(String sql, String more) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port());
    socket.setSoTimeout(20_000);
    String request =
        "POST /v1/sql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
            + TestingService.token("ada", "analyst")
            + "\r\nAccept: text/csv\r\n"
            + more
            + "Content-Length: "
            + sql.length()
            + "\r\n\r\n"
            + sql;
    socket.getOutputStream().write(request.getBytes(UTF_8));
    return socket;
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int read = in.read(); read != '\n'; read = in.read()) {
      if (read < 0) {
        throw new IOException("ended inside a line");
      }
      bytes.write(read);
    }
    return bytes.toString(ISO_8859_1).strip();
  }

  private static Map<String, String> fields(InputStream in) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      String[] parts = line.split(":", 2);
      fields.put(parts[0].toLowerCase(Locale.ROOT), parts[1].strip());
    }
    return fields;
  }

  private static Raw read(InputStream in) throws IOException {
    String status = line(in);
    Map<String, String> headers = fields(in);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(in), 16);
      if (size == 0) {
        return new Raw(status, headers, body.toByteArray(), fields(in));
      }
      byte[] chunk = in.readNBytes(size);
      if (chunk.length < size) {
        throw new IOException("ended inside a chunk");
      }
      body.write(chunk);
      line(in);
    }
  }

  private static String digest(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return "crc32c=:"
        + Base64.getEncoder()
            .encodeToString(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array())
        + ":";
  }

  @ParameterizedTest
  @ValueSource(strings = {"rows 0", "rows 1", "rows 5000", "rows 200000"})
  void aWholeAnswerEndsWithTrailersThatProveIt(String sql) throws Exception {
    try (Socket socket = ask(sql, "")) {
      Raw raw = read(socket.getInputStream());
      assertThat(raw.status()).isEqualTo("HTTP/1.1 200 OK");
      assertThat(raw.headers())
          .containsEntry("sightglass-masks", "benefits.claims.zip")
          .containsEntry("sightglass-row-limit", "1000")
          .containsEntry("sightglass-data-as-of", "1970-01-01T00:00:00Z")
          .containsEntry("etag", "\"abc\"")
          .containsKey("trailer")
          .doesNotContainKey("content-length");
      assertThat(raw.body()).hasSize(Integer.parseInt(sql.substring(5)) * 101);
      assertThat(raw.trailers())
          .containsEntry("sightglass-row-count", sql.substring(5))
          .containsEntry("sightglass-status", "complete")
          .containsEntry("repr-digest", digest(raw.body()));
    }
    assertThat(STATEMENTS.closes(sql)).isTrue();
  }

  @Test
  void aSmallAnswerLeavesInOneWriteAndTheConnectionStays() throws Exception {
    try (Socket socket = ask("rows 3", "")) {
      for (int round = 0; round < 3; round++) {
        byte[] first = new byte[64 * 1024];
        int size = socket.getInputStream().read(first);
        assertThat(new String(first, 0, size, ISO_8859_1)).contains("Repr-Digest: crc32c=:");
        String again =
            "GET /v1/sql?sql=rows+3 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + TestingService.token("ada", "analyst")
                + "\r\n\r\n";
        socket.getOutputStream().write(again.getBytes(UTF_8));
      }
    }
  }

  @Test
  void connectionCloseIsHonoured() throws Exception {
    try (Socket socket = ask("rows 2", "Connection: close\r\n")) {
      assertThat(read(socket.getInputStream()).trailers()).containsKey("repr-digest");
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void aLateFailureNeverLooksLikeAnEnd() throws Exception {
    try (Socket socket = ask("late 50000", "")) {
      assertThatThrownBy(() -> read(socket.getInputStream())).isInstanceOf(IOException.class);
    }
    assertThat(STATEMENTS.closes("late 50000")).isTrue();
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest request = service.request("/v1/sql?format=csv&sql=late+40000").build();
    assertThatThrownBy(() -> client.send(request, BodyHandlers.ofByteArray()))
        .isInstanceOf(IOException.class);
  }

  @Test
  void anOldClientIsResetWhereItCouldMistakeTheEnd() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
      String request =
          "GET /v1/sql?format=csv&sql=late+60000 HTTP/1.0\r\nAuthorization: Bearer "
              + TestingService.token("ada", "analyst")
              + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(UTF_8));
      assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
          .isInstanceOf(SocketException.class);
    }
  }

  @Test
  void anOldClientGetsAWholeAnswerWithoutChunks() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
      String request =
          "GET /v1/sql?format=csv&sql=rows+50000 HTTP/1.0\r\nAuthorization: Bearer "
              + TestingService.token("ada", "analyst")
              + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(UTF_8));
      String all = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      assertThat(all.substring(all.indexOf("\r\n\r\n") + 4))
          .isEqualTo(TestingStatements.LINE.repeat(50000));
    }
  }

  @Test
  void anEarlyFailureHasAStatusAndTheStatementsId() throws Exception {
    HttpResponse<String> answer = service.send(service.request("/v1/sql?sql=late+1"));
    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).contains("EXECUTION_FAILED", "\"statementId\":\"id-late-1\"");
    HttpResponse<String> refused = service.send(service.request("/v1/sql?sql=refused"));
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).contains("7");
  }

  @Test
  void textIsCompressedAndTheDigestIsOfWhatWasSent() throws Exception {
    String expected = TestingStatements.LINE.repeat(3000);
    try (Socket socket = ask("rows 3000", "Accept-Encoding: gzip\r\n")) {
      Raw raw = read(socket.getInputStream());
      assertThat(raw.headers()).containsEntry("content-encoding", "gzip");
      assertThat(new GZIPInputStream(new ByteArrayInputStream(raw.body())).readAllBytes())
          .asString(UTF_8)
          .isEqualTo(expected);
      assertThat(raw.trailers()).containsEntry("repr-digest", digest(raw.body()));
    }
    try (Socket socket = ask("rows 3000 ", "Accept-Encoding: gzip;q=0.5, zstd\r\n")) {
      Raw raw = read(socket.getInputStream());
      assertThat(raw.headers()).containsEntry("content-encoding", "zstd");
      assertThat(new ZstdInputStream(new ByteArrayInputStream(raw.body())).readAllBytes())
          .asString(UTF_8)
          .isEqualTo(expected);
      assertThat(raw.trailers()).containsEntry("repr-digest", digest(raw.body()));
    }
  }

  @Test
  void aStatementWhoseClientLeavesBeforeTheFirstByteIsCancelled() throws Exception {
    try (Socket socket = ask("wait a", "")) {
      socket.getOutputStream().flush();
    }
    assertThat(STATEMENTS.isCancelled("wait a")).isTrue();
  }

  @Test
  void aStatementWhoseClientLeavesWhileItStreamsIsCancelledAndHoldsNothing() throws Exception {
    try (Socket socket = ask("endless a", "")) {
      socket.getInputStream().readNBytes(3_000_000);
    }
    assertThat(STATEMENTS.isCancelled("endless a")).isTrue();
    assertThat(STATEMENTS.closes("endless a")).isTrue();
    eventually(() -> STATEMENTS.unreleased.get() == 0);
  }

  @Test
  void aClientThatTakesNothingHoldsNoThreadAndIsCut() throws Exception {
    try (Socket socket = ask("endless b", "")) {
      eventually(() -> STATEMENTS.pulled.get() > 1_000_000);
      // The others still get answers although this one fills its window.
      assertThat(service.send(service.request("/v1/sql?sql=rows+7")).statusCode()).isEqualTo(200);
      assertThat(STATEMENTS.isCancelled("endless b")).isTrue();
      assertThat(STATEMENTS.closes("endless b")).isTrue();
      eventually(() -> STATEMENTS.unreleased.get() == 0);
      assertThatThrownBy(() -> read(socket.getInputStream())).isInstanceOf(IOException.class);
    }
  }

  private static void eventually(java.util.function.BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("time is up").isLessThan(end);
      java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
    }
  }
}
