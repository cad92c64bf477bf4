package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.sql.AttackCorpus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What the attack corpus aims at, in a folder: dumps for the pack {@code packs/attacks}, Parquet
 * files where the statements look for them inside of the warehouse, a folder to write into that the
 * engine may open, and secrets outside of it.
 */
final class AttackWorld {

  static final Path PACK = Path.of("src", "test", "resources", "packs", "attacks");

  /** What stands in every secret. */
  static final String CANARY = "CNRY";

  private static final int CLAIMS = 2000;
  private static final int EVENTS = 5000;
  private static final List<String> STATES = List.of("TX", "CA", "FL", "NY", "OH", "GA", "WA");

  /** Names of the fixture, and where this service has what they name. */
  private static final Map<String, String> PLACES = new LinkedHashMap<>();

  static {
    PLACES.put("\"raw\".\"claims\"", "\"raw\".\"claims\".\"claims\"");
    PLACES.put("raw.claims", "raw.claims.claims");
    PLACES.put("raw.contention_events", "raw.claims.contention_events");
    PLACES.put("raw.pepper", "raw.claims.pepper");
    PLACES.put("vault.main.box", "vault.claims.claims");
    PLACES.put("hmac_key", "files_raw_claims_claims");
    PLACES.put("pseudo(", "defs.main.pseudo(");
  }

  private final Path data;
  private final Path out;
  private final Path secret;

  private AttackWorld(Path data, Path out, Path secret) {
    this.data = data;
    this.out = out;
    this.secret = secret;
  }

  static AttackWorld create(Path folder) throws Exception {
    Path data = folder.resolve("data");
    Path tables = data.resolve("warehouse/data");
    AttackWorld world =
        new AttackWorld(
            data,
            Files.createDirectories(tables.resolve("out")),
            Files.createDirectories(folder.resolve("secret")));
    world.land(data.resolve("landing"));
    world.hideSecrets();
    return world;
  }

  Path data() {
    return data;
  }

  /** The corpus' text with this world's folders. */
  String placed(String text) {
    return text.replace("{DATA}", data.resolve("warehouse/data").toString())
        .replace("{OUT}", out.toString())
        .replace("{SECRET}", secret.toString());
  }

  /** The statement as the corpus has it, and once more with the names that things have here. */
  List<String> variants(AttackCorpus.Case attack) {
    String placed = placed(attack.sql());
    String renamed = placed;
    for (Map.Entry<String, String> place : PLACES.entrySet()) {
      renamed = renamed.replace(place.getKey(), place.getValue());
    }
    return renamed.equals(placed) ? List.of(placed) : List.of(placed, renamed);
  }

  /** Sizes of everything that an attack could have written or changed. */
  Map<String, Long> touchable() throws IOException {
    Map<String, Long> sizes = new TreeMap<>();
    for (Path root : List.of(data.resolve("warehouse"), secret)) {
      try (Stream<Path> files = Files.walk(root)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          sizes.put(file.toString(), Files.size(file));
        }
      }
    }
    return sizes;
  }

  private void land(Path landing) throws IOException {
    SplittableRandom random = new SplittableRandom(5);
    List<String> claims = new ArrayList<>();
    claims.add(
        "claim_id,participant_id,ssn,full_name,birth_date,submitted_at,state,form,status,"
            + "diagnostic_code,disability,days_to_complete");
    for (int claim = 0; claim < CLAIMS; claim++) {
      claims.add(
          "%d,%d,987-%02d-%04d,CNRY Person %d,189%d-0%d-1%d,202%d-0%d-1%dT10:00:00Z,%s,%s,%s,%d,%s,%d"
              .formatted(
                  claim,
                  9_000_000_000L + random.nextInt(400),
                  random.nextInt(100),
                  random.nextInt(10_000),
                  random.nextInt(700),
                  random.nextInt(10),
                  random.nextInt(1, 10),
                  random.nextInt(10),
                  random.nextInt(6),
                  random.nextInt(1, 10),
                  random.nextInt(10),
                  any(STATES, random),
                  any(List.of("21-526EZ", "20-0995", "20-0996", "10182"), random),
                  any(List.of("open", "closed", "denied", "in_review"), random),
                  random.nextInt(5000, 5300),
                  any(List.of("Tinnitus", "Knee strain", "PTSD", "Migraine"), random),
                  random.nextInt(400)));
    }
    write(landing.resolve("claims/claims_2026-01-01.csv"), claims);
    List<String> events = new ArrayList<>();
    for (int event = 0; event < EVENTS; event++) {
      events.add(
          ("{\"event_id\":%d,\"claim_id\":%d,\"event_type\":\"%s\","
                  + "\"occurred_at\":\"202%d-05-0%dT00:00:00Z\",\"diagnostic_code\":%d,"
                  + "\"actor_station\":\"%d\"}")
              .formatted(
                  event,
                  random.nextInt(CLAIMS),
                  any(List.of("opened", "rated", "closed"), random),
                  random.nextInt(6),
                  random.nextInt(1, 10),
                  random.nextInt(5000, 5300),
                  random.nextInt(300, 360)));
    }
    write(landing.resolve("events/events_2026-01-01.ndjson"), events);
    write(landing.resolve("pepper/pepper_2026-01-01.csv"), List.of("k", CANARY + " pepper"));
  }

  private static String any(List<String> values, SplittableRandom random) {
    return values.get(random.nextInt(values.size()));
  }

  private static void write(Path file, List<String> lines) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, lines);
  }

  /** Puts files of the tables, once loaded, where the statements look for them. */
  void placeTables() throws IOException {
    Path tables = data.resolve("warehouse/data");
    List<Path> files;
    try (Stream<Path> all = Files.walk(tables)) {
      files = all.filter(file -> file.toString().endsWith(".parquet")).toList();
    }
    assertThat(files).hasSizeGreaterThanOrEqualTo(2);
    for (String name : List.of("claims/part=0/data_0.parquet", "events/ev.parquet")) {
      Path target = tables.resolve(name);
      Files.createDirectories(target.getParent());
      String dataset = name.startsWith("claims") ? "/claims/" : "/contention_events/";
      Path source =
          files.stream()
              .filter(file -> tables.relativize(file).toString().contains(dataset))
              .findFirst()
              .orElseThrow();
      Files.copy(source, target);
    }
  }

  private void hideSecrets() throws SQLException, IOException {
    Files.writeString(secret.resolve("s.csv"), "s\nCNRY csv\n");
    Files.writeString(secret.resolve("j.json"), "[{\"s\": \"CNRY json\"}]");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      for (String sql :
          List.of(
              "COPY (SELECT 'CNRY parquet' AS s) TO '%s/s.parquet'",
              "COPY (SELECT 1 AS s) TO '%s/kv.parquet' (FORMAT parquet, KV_METADATA {k: 'CNRY'})",
              "ATTACH '%s/d.db' AS d",
              "CREATE TABLE d.t AS SELECT 'CNRY db' AS s",
              "DETACH d")) {
        statement.execute(sql.replace("%s", secret.toString()));
      }
    }
  }
}
