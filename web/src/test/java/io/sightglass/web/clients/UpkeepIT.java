package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.Eventually;
import io.sightglass.web.RunningService;
import io.sightglass.web.RunningService.Finished;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Maintenance beside a running service, an erasure, a backup, and the way back from it. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UpkeepIT {

  private static final String CLAIMS = "SELECT * FROM benefits.claims ORDER BY claim_id";
  private static final String PERSON =
      "SELECT veteran_participant_id FROM benefits.persons ORDER BY claim_id LIMIT 1";

  @TempDir private static Path folder;

  @SuppressWarnings("NullAway.Init") // Set before every test.
  private static Path data;

  @SuppressWarnings("NullAway.Init") // Set before every test.
  private static Path pack;

  @SuppressWarnings("NullAway.Init") // Set before every test.
  private static Path certificate;

  @SuppressWarnings("NullAway.Init") // Set before every test.
  private static RunningService service;

  private static String erased = "";

  @BeforeAll
  static void load() throws Exception {
    data = folder.resolve("data");
    certificate = folder.resolve("certificate.json");
    pack = copyOfThePack();
    Finished generated =
        RunningService.run(
            "generate",
            "--out",
            data.resolve("landing").toString(),
            "--rows",
            "400",
            "--days",
            "10",
            "--dataset",
            "benefits.claims");
    assertThat(generated.status()).as(generated.output()).isZero();
    service = RunningService.serve(data, pack);
    assertThat(new LoadLedger(service, token("steward")).scan())
        .anyMatch(load -> load.get("state").asText().equals("COMMITTED"));
  }

  /** With a view that tells persons as they came. */
  private static Path copyOfThePack() throws IOException {
    Path shipped = Path.of("..", "sql-views").toAbsolutePath().normalize();
    Path copy = folder.resolve("pack");
    try (Stream<Path> files = Files.walk(shipped)) {
      for (Path file : files.toList()) {
        Path target = copy.resolve(shipped.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
    Files.writeString(
        copy.resolve("benefits/persons.sql"),
        """
        /*
        description: Who claimed
        grain: one row per claim
        */
        SELECT c.claim_id, v.veteran_participant_id
        FROM raw.benefits.claims c JOIN vault.benefits.claims v USING (_row_key)
        """);
    Path grants = copy.resolve("benefits/grants.yaml");
    String granted = Files.readString(grants);
    assertThat(granted).contains("- views: [claims_identified]\nanalyst:");
    Files.writeString(
        grants,
        granted.replace(
            "- views: [claims_identified]\nanalyst:",
            "- views: [claims_identified, persons]\nanalyst:"));
    return copy;
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static String token(String role) {
    return service.token(role, List.of(role), Map.of());
  }

  private static String ask(String role, String sql) throws Exception {
    HttpResponse<String> answer =
        service.send(service.statement(sql, "text/csv", token(role)), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private static Finished maintain(String... flags) throws Exception {
    return run("maintain", flags);
  }

  private static Finished run(String command, String... flags) throws Exception {
    return RunningService.run(
        Stream.concat(
                Stream.of(command, "--data", data.toString(), "--views", pack.toString()),
                Stream.of(flags))
            .toArray(String[]::new));
  }

  @Test
  @Order(1)
  void maintenanceBesideTheServiceChangesNoAnswer() throws Exception {
    String before = ask("analyst", CLAIMS);
    Finished done = maintain();
    assertThat(done.status()).as(done.output()).isZero();
    assertThat(done.output())
        .contains("compacted  benefits.claims ordinary")
        .contains("compacted  benefits.claims vault")
        .contains("orphans    ordinary: 0 files removed");
    assertThat(ask("analyst", CLAIMS)).isEqualTo(before);
    Finished verified = maintain("--verify", "--dataset", "benefits.claims");
    assertThat(verified.status()).as(verified.output()).isZero();
    assertThat(verified.output()).contains("verified   benefits.claims vault").contains("0 diff");
    assertThat(maintain("--compact", "--dataset", "benefits.nothing").status()).isEqualTo(1);
  }

  @Test
  @Order(2)
  void onlyWhoMayEraseErasesAndThePersonIsGone() throws Exception {
    assertThat(run("backup", folder.resolve("the older").toString()).status()).isZero();
    erased = ask("pii_reader", PERSON).lines().skip(1).findFirst().orElseThrow();
    String body =
        "{\"dataset\": \"benefits.claims\", \"key\": {\"veteran_participant_id\": %s}}"
            .formatted(erased);
    assertThat(erase("steward", body).statusCode()).isEqualTo(403);
    assertThat(erase("privacy_officer", "{\"dataset\": \"benefits.claims\", \"key\": {}}"))
        .satisfies(answer -> assertThat(answer.statusCode()).isEqualTo(400));
    assertThat(persons()).contains(erased);
    HttpResponse<String> answer = erase("privacy_officer", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    assertThat(answer.body()).doesNotContain(erased);
    Files.writeString(certificate, answer.body());
    JsonNode made = new ObjectMapper().readTree(answer.body());
    assertThat(made.get("state").asText()).isEqualTo("DONE");
    assertThat(made.get("landing")).isNotEmpty();
    assertThat(made.at("/landing/0/fate").asText()).isEqualTo("LISTED");
    assertThat(made.get("backups")).hasSize(1);
    assertThat(made.at("/backups/0/target").asText()).contains("/the older/data");
    HttpResponse<String> again =
        service.send(
            service.request("/v1/erasures/" + made.get("id").asText(), token("privacy_officer")),
            BodyHandlers.ofString());
    assertThat(again.body()).isEqualTo(answer.body());
    assertThat(persons()).doesNotContain(erased);
    assertThat(service.log()).doesNotContain(erased);
  }

  @Test
  @Order(3)
  void whoReadAColumnIsListedForWhoMayKnow() throws Exception {
    String path = "/v1/audit/columns/benefits/claims/zip";
    assertThat(get(path, "operator").statusCode()).isEqualTo(403);
    assertThat(get("/v1/audit/columns/benefits/claims/nothing", "auditor").statusCode())
        .isEqualTo(404);
    for (String role : List.of("auditor", "privacy_officer")) {
      HttpResponse<String> answer = get(path, role);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      JsonNode items = new ObjectMapper().readTree(answer.body()).get("items");
      assertThat(items).isNotEmpty();
      assertThat(answer.body()).contains("\"analyst\"", "benefits.claims").doesNotContain("SELECT");
    }
  }

  private static HttpResponse<String> get(String path, String role) throws Exception {
    return service.send(service.request(path, token(role)), BodyHandlers.ofString());
  }

  private static String persons() throws Exception {
    return ask("pii_reader", PERSON.replace(" LIMIT 1", ""));
  }

  private static HttpResponse<String> erase(String role, String body) throws Exception {
    return service.send(
        service
            .request("/v1/erasures", token(role))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)),
        BodyHandlers.ofString());
  }

  @Test
  @Order(4)
  void whatIsRestoredAnswersAsBeforeAndWithoutThePerson() throws Exception {
    String before = ask("analyst", CLAIMS);
    String backup = folder.resolve("backup").toString();
    assertThat(run("backup", backup).output()).contains("backed up");
    assertThat(run("restore", backup).status()).as("not empty").isEqualTo(1);
    // The service has noted the erasure beside the older one; a certificate may be given, too.
    String older = folder.resolve("the older").toString();
    for (List<String> source :
        List.of(List.of(backup, "--erased", certificate.toString()), List.of(older))) {
      service.close();
      delete(data, data.resolve("landing"));
      Finished restored = run("restore", source.toArray(String[]::new));
      assertThat(restored.status()).as(restored.output()).isZero();
      service = RunningService.serve(data, pack);
      assertThat(new LoadLedger(service, token("steward")).scan()).isNotEmpty();
      Eventually.within(Duration.ofSeconds(60), "the erasure", () -> !persons().contains(erased));
      assertThat(ask("analyst", CLAIMS)).isEqualTo(before);
    }
  }

  @Test
  @Order(5)
  void whoReadWhatWasInTheClearIsToldWhenItIsMadeAnew() throws Exception {
    Path contract = pack.resolve("benefits/claims.yaml");
    String text = Files.readString(contract);
    String plain = "{name: state, type: VARCHAR, sensitivity: quasi,";
    assertThat(text).contains(plain);
    Files.writeString(
        contract,
        text.replace(plain, "{name: state, type: VARCHAR, sensitivity: direct, mask: redact,"));
    Finished done = maintain("--rebuild", "--dataset", "benefits.claims");
    assertThat(done.status()).as(done.output()).isZero();
    assertThat(done.output())
        .contains("rebuilt    benefits.claims: state in ")
        .containsPattern("read by    benefits\\.claims: analyst, \\d+ statements from 2")
        .containsPattern("read by    benefits\\.claims: pii_reader, \\d+ statements from 2")
        .doesNotContain("SELECT", "auditor");
  }

  /** Everything but what is kept. */
  private static void delete(Path root, Path kept) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        boolean isAbove = kept.startsWith(file);
        if (!file.startsWith(kept) && !isAbove) {
          Files.delete(file);
        }
      }
    }
  }
}
