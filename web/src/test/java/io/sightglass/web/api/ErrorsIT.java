package io.sightglass.web.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.TestingService;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every failure leaves as one kind of document, whoever refused it. */
class ErrorsIT {

  private static TestingService service;

  @BeforeAll
  static void start() {
    service =
        TestingService.start(
            TestingService.absent(Statements.class),
            (format, codec) ->
                TestingService.absent(io.sightglass.engine.result.ResultEncoder.class));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/v1/nothing,404,NOT_FOUND",
    "DELETE,/v1/sql,405,INVALID_REQUEST",
    "GET,/v1/sql,400,INVALID_REQUEST",
    "GET,/v1/sql?sql=select+1&format=xml,400,INVALID_REQUEST",
    "GET,/v1/sql?sql=select+1&sqll=1,400,INVALID_REQUEST",
    "GET,/v1/alerts,403,MISSING_PERMISSION",
    "HEAD,/v1/sql?sql=select+1,405,",
  })
  void refusalsAreProblems(String method, String path, int status, String code) throws Exception {
    HttpResponse<String> answer =
        service.send(service.request(path).method(method, BodyPublishers.noBody()));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    if (code != null) {
      assertProblem(answer, status, code);
    }
  }

  @Test
  void aRequestWithoutATokenIsToldHowToSignIn() throws Exception {
    HttpResponse<String> answer = service.send(service.anonymous("/v1/me"));
    assertProblem(answer, 401, "UNAUTHENTICATED");
    assertThat(answer.headers().allValues("WWW-Authenticate"))
        .anyMatch(value -> value.startsWith("Bearer"))
        .anyMatch(value -> value.startsWith("Basic"));
  }

  @ParameterizedTest
  @CsvSource({
    "Bearer,x",
    "Bearer,eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEiLCJleHAiOjQwMDAwMDAwMDB9.",
    "Digest,x"
  })
  void aTokenThatDoesNotHoldIsNone(String scheme, String token) throws Exception {
    assertProblem(
        service.send(service.anonymous("/v1/me").header("Authorization", scheme + " " + token)),
        401,
        "UNAUTHENTICATED");
  }

  @Test
  void theTokenMayBeThePasswordOfBasic() throws Exception {
    String basic =
        Base64.getEncoder()
            .encodeToString(("x:" + TestingService.token("ada", "analyst")).getBytes(UTF_8));
    HttpResponse<String> answer =
        service.send(service.anonymous("/v1/me").header("Authorization", "Basic " + basic));
    assertThat(answer.statusCode()).isEqualTo(200);
    JsonNode me = new ObjectMapper().readTree(answer.body());
    assertThat(me.path("user").asText()).isEqualTo("ada");
    assertThat(me.path("roles").toString()).isEqualTo("[\"analyst\"]");
    assertThat(me.path("attributes").toString()).isEqualTo("{\"station\":[\"316\"]}");
    assertThat(me.path("limits").path("seconds").asInt()).isEqualTo(60);
    assertThat(me.has("datasets")).isTrue();
  }

  @Test
  void aRoleThatIsNotHeldIsRefused() throws Exception {
    assertProblem(
        service.send(service.request("/v1/me").header("Sightglass-Role", "operator")),
        403,
        "MISSING_PERMISSION");
  }

  @Test
  void aBodyAboveEightMegabytesIsTooLarge() throws Exception {
    byte[] large = new byte[9_000_000];
    java.util.Arrays.fill(large, (byte) ' ');
    assertProblem(
        service.send(service.request("/v1/sql").POST(BodyPublishers.ofByteArray(large))),
        413,
        "STATEMENT_TOO_LARGE");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]|not a JSON object",
        "{|not valid JSON",
        "{\"sql\":1}|sql: not a text",
        "{\"sql\":\"x\",\"asof\":1}|asof: unknown",
        "{\"sql\":\"x\",\"limits\":{\"row\":1}}|limits.row: unknown",
        "{\"sql\":\"x\",\"limits\":{\"rows\":0}}|limits.rows",
        "{}|Body: empty",
      })
  void aBodyThatIsNotAsItMustBeIsNamed(String body, String words) throws Exception {
    HttpResponse<String> answer =
        service.send(
            service
                .request("/v1/sql")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    assertProblem(answer, 400, "INVALID_REQUEST");
    assertThat(new ObjectMapper().readTree(answer.body()).path("detail").asText()).contains(words);
  }

  @Test
  void nothingAcceptableListsWhatIs() throws Exception {
    HttpResponse<String> answer =
        service.send(
            service.request("/v1/sql?sql=select+1").header("Accept", "image/png, text/csv;q=0"));
    assertProblem(answer, 406, "NOT_ACCEPTABLE");
    assertThat(answer.body()).contains("application/vnd.apache.arrow.stream", "text/csv");
  }

  @ParameterizedTest
  @CsvSource({
    "/",
    "/docs",
    "/openapi.yaml",
    "/health",
    "/health/live",
    "/health/ready",
    "/docs/style.css"
  })
  void pagesNeedNoTokenAndAllowNothingForeign(String path) throws Exception {
    HttpResponse<String> answer = service.send(service.anonymous(path));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
        .startsWith("default-src 'none'");
    assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
  }

  private static void assertProblem(HttpResponse<String> answer, int status, String code)
      throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.headers().firstValue("Content-Security-Policy")).isPresent();
    JsonNode problem = new ObjectMapper().readTree(answer.body());
    assertThat(problem.path("code").asText()).as(answer.body()).isEqualTo(code);
    assertThat(problem.path("status").asInt()).isEqualTo(status);
    assertThat(problem.path("detail").asText()).isNotBlank();
    assertThat(problem.path("type").asText()).startsWith("/docs#");
    assertThat(problem.path("instance").asText()).startsWith("urn:uuid:");
  }
}
