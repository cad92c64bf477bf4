package io.sightglass.engine.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What S3 refuses, and what an operator is told of it, whatever was asked for. */
class S3RefusalsTest {

  @TempDir static Path folder;

  @SuppressWarnings("NullAway.Init")
  private static HttpServer server;

  @SuppressWarnings("NullAway.Init")
  private static S3Connection connection;

  private static volatile int status = 403;
  private static volatile String code = "AccessDenied";
  private static volatile String message = "No.";

  /** How many requests are refused before the others are answered. */
  private static final AtomicInteger refusals = new AtomicInteger(Integer.MAX_VALUE);

  @BeforeAll
  static void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", S3RefusalsTest::refuse);
    server.start();
    connection = TestingS3.connect(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
  }

  @AfterAll
  static void stop() {
    connection.close();
    server.stop(0);
  }

  private static void refuse(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    byte[] body =
        "<Error><Code>%s</Code><Message>%s</Message></Error>"
            .formatted(code, message)
            .getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/xml");
    // As S3 does: the answer to HEAD does not say why.
    boolean isHead = exchange.getRequestMethod().equals("HEAD");
    if (refusals.getAndDecrement() <= 0) {
      exchange.getResponseHeaders().add("ETag", "\"1\"");
      exchange.getResponseHeaders().add("Content-Length", "1");
      exchange.getResponseHeaders().add("Last-Modified", "Sat, 01 Mar 2025 08:00:00 GMT");
      exchange.sendResponseHeaders(200, -1);
      exchange.close();
      return;
    }
    exchange.sendResponseHeaders(status, isHead ? -1 : body.length);
    if (!isHead) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  @ParameterizedTest
  @CsvSource({
    "403, AccessDenied, lack rights",
    "400, ExpiredToken, have expired",
    "403, InvalidAccessKeyId, does not accept the credentials",
    "301, PermanentRedirect, in another region",
    "400, AuthorizationHeaderMalformed, in another region",
    "404, NoSuchBucket, there is no bucket",
    "507, InsufficientStorage, disk or quota is full",
    "400, KMS.DisabledException, the KMS key cannot be used",
    "403, RequestTimeTooSkewed, clock differs",
    "403, InvalidObjectState, is archived",
  })
  void isSaidInWords(int answered, String said, String words) throws IOException {
    status = answered;
    code = said;
    message = "No.";
    ObjectStore store = TestingS3.store(connection, "secret-bucket", "");
    Path file = Files.writeString(folder.resolve("content"), "x");
    isRefused(words, "s3:PutObject", () -> store.put("secret-key", file));
    isRefused(words, "s3:PutObject", () -> store.create("secret-key", "x".getBytes(UTF_8)));
    isRefused(words, "s3:DeleteObject", () -> store.delete("secret-key"));
    isRefused(words, "s3:GetObject", () -> store.read("secret-key", 0));
    isRefused(
        words,
        "s3:ListBucket",
        () -> {
          try (Stream<ObjectStore.StoredObject> objects = store.list("")) {
            assertThat(objects).isEmpty();
          }
        });
    if (answered != 404) {
      isRefused(words, "s3:GetObject", () -> store.find("secret-key"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ConditionalRequestConflict", "OperationAborted"})
  void whatTheStoreStillWorksAtIsAskedForAgain(String said) {
    status = 409;
    code = said;
    refusals.set(2);
    try {
      ObjectStore store = TestingS3.store(connection, "secret-bucket", "");
      assertThat(store.create("secret-key", "x".getBytes(UTF_8)).etag()).isEqualTo("1");
    } finally {
      refusals.set(Integer.MAX_VALUE);
    }
  }

  @Test
  void aKeyThatMayNotBeUsedIsToldFromARightInTheBucket() throws IOException {
    status = 403;
    code = "AccessDenied";
    message =
        "User: arn:aws:iam::1:role/x is not authorized to perform: kms:GenerateDataKey on resource:"
            + " arn:aws:kms:us-east-1:1:key/secret because no resource-based policy allows it";
    ObjectStore store = TestingS3.store(connection, "secret-bucket", "");
    Path file = Files.writeString(folder.resolve("content"), "x");
    isRefused("the KMS key cannot be used", "", () -> store.put("secret-key", file));
    isRefused("the KMS key cannot be used", "", () -> store.read("secret-key", 0));
    isRefused("the KMS key cannot be used", "", () -> store.find("secret-key"));
  }

  private static void isRefused(String words, String right, ThrowingCallable asked) {
    EngineException refused = catchThrowableOfType(EngineException.class, asked);
    assertThat(refused).isNotNull();
    assertThat(refused.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    assertThat(refused.detail()).contains(words).doesNotContain("secret");
    if (words.equals("lack rights")) {
      assertThat(refused.detail()).contains(right);
    }
  }
}
