package io.sightglass.web.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import io.sightglass.engine.ingest.stores.Reject;
import io.sightglass.web.security.TokenVerifier;
import io.sightglass.web.wiring.DevelopmentKey;
import io.sightglass.web.wiring.Setting;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What the command line promises without a service: help, usage, exit codes, tokens. */
class CommandLineTest {

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    return command.execute(arguments);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo",
        "serve",
        "generate",
        "load",
        "maintain",
        "query",
        "token",
        "check-views",
        "infer"
      })
  void everyCommandExplainsItself(String command) {
    assertThat(run(command, "--help")).isZero();
    assertThat(out.toString()).contains("Usage: sightglass " + command);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void everySettingIsAFlagOfServe() {
    run("serve", "--help");
    for (Setting setting : Setting.values()) {
      assertThat(out.toString()).contains(setting.flag(), setting.variable());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nothing",
        "token",
        "token --sub a --roles b --ttl never",
        "token --sub a --roles b --attribute station",
        "token --sub a --roles b --attribute exp=1",
        "serve --prot 1",
        "serve --port x",
        "serve --host 0.0.0.0",
        "load --dry-run x",
        "load --dataset x --from 2026-01-01",
        "load --from 2026-01-02 --to 2026-01-01",
        "load --data pom.xml",
        "query x --token y --url notaurl",
        "maintain --dataset claims",
        "maintain --older-than soon",
        "backup",
        "restore",
        "restore a b",
        "query",
        "query x --as a --token b",
        "generate",
      })
  void wrongUsageIsSaidAndIsTwo(String arguments) {
    assertThat(run(arguments.split(" ", -1))).isEqualTo(Main.WRONG_USAGE);
    assertThat(err.toString()).isNotBlank();
  }

  @Test
  void aDateThatIsNoneIsSaidInWords() {
    assertThat(run("load", "--from", "2026-02-30", "--to", "2026-03-01"))
        .isEqualTo(Main.WRONG_USAGE);
    assertThat(err.toString())
        .contains("'--from'", "\"2026-02-30\"; allowed: a date such as 2026-01-31")
        .doesNotContain("java");
  }

  @Test
  void anotherAddressThanLoopbackNeedsAnIdentityProvider() {
    assertThat(run("serve", "--host", "0.0.0.0", "--data", folder.resolve("d").toString()))
        .isEqualTo(Main.WRONG_USAGE);
    assertThat(err.toString()).contains("0.0.0.0").contains("identity.jwks");
    assertThat(folder.resolve("d")).doesNotExist();
  }

  @Test
  void aTokenStandsAloneOnTheLastLineAndHoldsWhatWasAsked() throws Exception {
    Path data = folder.resolve("data");
    assertThat(
            run(
                "token",
                "--sub",
                "ada",
                "--roles",
                "analyst, steward",
                "--attribute",
                "station=316",
                "--attribute",
                "state=TX",
                "--attribute",
                "state=NM",
                "--ttl",
                "2h",
                "--data",
                data.toString()))
        .isZero();
    List<String> lines = out.toString().lines().toList();
    JWTClaimsSet claims =
        TokenVerifier.ofKey(DevelopmentKey.of(data), Duration.ZERO, InstantSource.system())
            .verify(lines.getLast())
            .orElseThrow();
    assertThat(claims.getSubject()).isEqualTo("ada");
    assertThat(claims.getStringListClaim("roles")).containsExactly("analyst", "steward");
    assertThat(claims.getStringClaim("station")).isEqualTo("316");
    assertThat(claims.getStringListClaim("state")).containsExactly("TX", "NM");
    assertThat(
            Duration.between(
                claims.getIssueTime().toInstant(), claims.getExpirationTime().toInstant()))
        .isEqualTo(Duration.ofHours(2));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
        .isEqualTo("rwx------");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(data.resolve("development.key"))))
        .isEqualTo("rw-------");
  }

  @Test
  void rolesMayBeNone() throws Exception {
    assertThat(run("token", "--sub", "ada", "--roles", "", "--data", folder.toString())).isZero();
    JWTClaimsSet claims =
        TokenVerifier.ofKey(DevelopmentKey.of(folder), Duration.ZERO, InstantSource.system())
            .verify(out.toString().strip())
            .orElseThrow();
    assertThat(claims.getStringListClaim("roles")).isEmpty();
  }

  @Test
  void aRejectOfATrialNamesAColumnWhereThereIsOne() {
    assertThat(LoadCommand.line(new Reject(3, 8, "day", "is no DATE", "x")))
        .isEqualTo("rejected line 3  day: is no DATE");
    assertThat(LoadCommand.line(new Reject(4, 9, null, "The quotes do not match", "x")))
        .isEqualTo("rejected line 4  The quotes do not match");
  }

  @Test
  void checkViewsPassesWhatShips() {
    assertThat(run("check-views", Path.of("..", "sql-views").toString())).isZero();
    assertThat(out.toString()).contains("no mistake");
  }

  @Test
  void checkViewsNamesEveryMistakeAndFails() throws Exception {
    Files.createDirectories(folder.resolve("benefits"));
    Files.writeString(folder.resolve("roles.yaml"), "roles:\n  analyst: {descripton: x}\n");
    Files.writeString(folder.resolve("benefits/a.sql"), "SELECT 1");
    assertThat(run("check-views", folder.toString())).isEqualTo(Main.FAILED);
    assertThat(out.toString()).contains("roles.yaml:2: ").contains("benefits/a.sql:1: ");
  }

  @Test
  void loadOfOneDatasetTouchesNoOther() throws Exception {
    define("good", "path: good/*.csv", "load: append");
    define("bad", "path: bad/*.csv", "load: append");
    Path landing = folder.resolve("data/landing");
    Files.createDirectories(landing.resolve("good"));
    Files.createDirectories(landing.resolve("bad"));
    Files.writeString(landing.resolve("good/1.csv"), "number\n1\n");
    Files.writeString(landing.resolve("bad/1.csv"), "");
    assertThat(load("--dataset", "depot.good")).as("%s%s", out, err).isZero();
    assertThat(out.toString()).contains("COMMITTED").contains("good/1.csv").doesNotContain("bad");

    assertThat(load("--dataset", "depot.none")).isEqualTo(Main.FAILED);
    assertThat(err.toString()).contains("depot.none").contains("no contract");

    assertThat(load("--dataset", "depot.bad")).isEqualTo(Main.FAILED);
    assertThat(out.toString()).contains("QUARANTINED").contains("bad/1.csv");

    Files.writeString(landing.resolve("good/2.csv"), "number\n2\n");
    Files.writeString(landing.resolve("bad/2.csv"), "");
    assertThat(load("--dataset", "depot.good")).isZero();
    assertThat(load()).as("what the one before has left").isEqualTo(Main.FAILED);
    assertThat(out.toString()).contains("good/2.csv").contains("bad/2.csv");
  }

  @Test
  void aFileThatWaitsForAnotherHasItsLineToo() throws Exception {
    define("halves", "path: halves/%Y-%m-%d_*.csv", "load: replace_date\nparts: {count: 2}");
    Path landing = Files.createDirectories(folder.resolve("data/landing/halves"));
    Files.writeString(landing.resolve("2026-01-05_a.csv"), "number\n1\n");
    assertThat(load()).isZero();
    assertThat(out.toString())
        .isEqualTo(
            "FOUND       depot.halves halves/2026-01-05_a.csv"
                + "  Waits for the other parts: 1 of 2 are there\n");
  }

  /** A dataset of the views folder. */
  private void define(String name, String path, String load) throws IOException {
    Path views = Files.createDirectories(folder.resolve("views/depot"));
    Files.writeString(
        views.resolveSibling("roles.yaml"),
        """
        roles:
          steward:
            description: Steward
            limits: {rows: 10, bytes: 1 KB, seconds: 10, concurrent: 1, queued: 1, memory: 10 MB, kept: 0}
        """);
    Files.writeString(
        views.resolve(name + ".yaml"),
        """
        description: Parcels
        owner: Depot
        grain: one row per parcel
        source: {%s, format: csv}
        %s
        columns:
          - {name: number, type: INTEGER, sensitivity: none, required: true, description: No.}
        """
            .formatted(path, load));
  }

  private int load(String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "load",
                "--views",
                folder.resolve("views").toString(),
                "--data",
                folder.resolve("data").toString()));
    all.addAll(List.of(arguments));
    return run(all.toArray(String[]::new));
  }

  @Test
  void nobodyAnsweringIsAFailureThatSaysWhatToDo() {
    assertThat(run("query", "select 1", "--url", "http://127.0.0.1:1", "--token", "x"))
        .isEqualTo(Main.FAILED);
    assertThat(err.toString()).contains("No service answers").contains("sightglass demo");
  }
}
