package io.sightglass.engine.sql;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The world of {@code attacks/fixture.sql} in a DuckDB of its own: 2,000 seeded claims behind
 * secure views, once where the attacks aim at and once in the catalogue that the guard's canonical
 * text names. Used by one thread; close it.
 */
final class AttackFixture implements AutoCloseable {

  private static final String CLAIMS =
      """
      COPY (
        SELECT
          range AS claim_id,
          (hash(range, 1) % 900) AS participant_id,
          printf('%03d-%02d-%04d', hash(range, 2) % 900, hash(range, 3) % 90, range % 10000) AS ssn,
          'CNRY Person ' || (hash(range, 4) % 700) AS full_name,
          DATE '1940-01-01' + CAST(hash(range, 5) % 20000 AS INTEGER) AS birth_date,
          TIMESTAMPTZ '2020-01-01 00:00:00+00' + to_hours(CAST(hash(range, 6) % 43000 AS INTEGER))
            AS submitted_at,
          ['TX', 'CA', 'FL', 'NY', 'OH', 'GA', 'WA'][CAST(hash(range, 7) % 7 AS INTEGER) + 1] AS state,
          ['21-526EZ', '20-0995', '20-0996', '10182'][CAST(hash(range, 8) % 4 AS INTEGER) + 1] AS form,
          ['open', 'closed', 'denied', 'in_review'][CAST(hash(range, 9) % 4 AS INTEGER) + 1] AS status,
          CAST(5000 + hash(range, 10) % 300 AS INTEGER) AS diagnostic_code,
          ['Tinnitus', 'Knee strain', 'PTSD', 'Migraine'][CAST(hash(range, 11) % 4 AS INTEGER) + 1] AS disability,
          CAST(hash(range, 12) % 400 AS INTEGER) AS days_to_complete,
          0 AS part
        FROM range(2000))
      TO '%s/claims' (FORMAT parquet, PARTITION_BY (part))
      """;

  private static final String EVENTS =
      """
      COPY (
        SELECT
          range AS event_id,
          hash(range, 1) % 2000 AS claim_id,
          ['opened', 'rated', 'closed'][CAST(hash(range, 2) % 3 AS INTEGER) + 1] AS event_type,
          TIMESTAMPTZ '2020-06-01 00:00:00+00' + to_hours(CAST(hash(range, 3) % 43000 AS INTEGER))
            AS occurred_at,
          CAST(5000 + hash(range, 4) % 300 AS INTEGER) AS diagnostic_code,
          printf('%03d', 300 + hash(range, 5) % 60) AS actor_station
        FROM range(5000))
      TO '%s/events/ev.parquet' (FORMAT parquet)
      """;

  private final Path folder;
  private final Connection connection;

  private AttackFixture(Path folder, Connection connection) {
    this.folder = folder;
    this.connection = connection;
  }

  /** Brings the fixture into being below {@code folder}. */
  static AttackFixture create(Path folder) throws SQLException, IOException {
    for (String name : List.of("data/claims", "data/events", "out", "secret")) {
      Files.createDirectories(folder.resolve(name));
    }
    AttackFixture fixture = new AttackFixture(folder, DriverManager.getConnection("jdbc:duckdb:"));
    fixture.execute("SET TimeZone = 'UTC'");
    fixture.execute("SET lambda_syntax = 'ENABLE_SINGLE_ARROW'");
    fixture.execute(CLAIMS.replace("%s/", folder.resolve("data") + "/"));
    fixture.execute(EVENTS.replace("%s/", folder.resolve("data") + "/"));
    fixture.secrets();
    for (String statement : AttackCorpus.lines("/attacks/fixture.sql")) {
      if (!statement.isBlank() && !statement.startsWith("--")) {
        fixture.execute(fixture.placed(statement));
      }
    }
    fixture.policyCatalog();
    return fixture;
  }

  private void secrets() throws SQLException, IOException {
    Path secret = folder.resolve("secret");
    Files.writeString(secret.resolve("s.csv"), "s\nCNRY-csv\n");
    Files.writeString(secret.resolve("j.json"), "[{\"s\": \"CNRY-json\"}]");
    execute("COPY (SELECT 'CNRY-parquet' AS s) TO '%s/s.parquet'".formatted(secret));
    execute(
        "COPY (SELECT 1 AS s) TO '%s/kv.parquet' (FORMAT parquet, KV_METADATA {k: 'CNRY-kv'})"
            .formatted(secret));
    execute("ATTACH '%s/d.db' AS secret_d".formatted(secret));
    execute("CREATE TABLE secret_d.t AS SELECT 'CNRY-db' AS s");
    execute("DETACH secret_d");
  }

  /** The same two views where canonical text looks for them. */
  private void policyCatalog() throws SQLException {
    execute("ATTACH ':memory:' AS " + TestingNames.CATALOG);
    execute("CREATE SCHEMA %s.claims".formatted(TestingNames.CATALOG));
    for (String statement : AttackCorpus.lines("/attacks/fixture.sql")) {
      if (statement.startsWith("create secure view claims.")) {
        execute(
            statement
                .replace("view claims.", "view %s.claims.".formatted(TestingNames.CATALOG))
                .replace("from raw.", "from memory.raw."));
      }
    }
  }

  /** The corpus' text with this fixture's folders. */
  String placed(String text) {
    return text.replace("{DATA}", folder.resolve("data").toString())
        .replace("{OUT}", folder.resolve("out").toString())
        .replace("{SECRET}", folder.resolve("secret").toString());
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Runs a query to its end: its columns' names, and every row as text. */
  Result query(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      ResultSetMetaData columns = rows.getMetaData();
      List<String> names = new ArrayList<>();
      for (int column = 1; column <= columns.getColumnCount(); column++) {
        names.add(columns.getColumnName(column));
      }
      List<String> texts = new ArrayList<>();
      while (rows.next()) {
        StringBuilder text = new StringBuilder();
        for (int column = 1; column <= names.size(); column++) {
          text.append(asText(rows, column)).append('|');
        }
        texts.add(text.toString());
      }
      return new Result(names, texts);
    }
  }

  /** A sum of doubles differs in its last digits with the order in which they were added. */
  private static @Nullable String asText(ResultSet rows, int column) throws SQLException {
    String text = rows.getString(column);
    return rows.getMetaData().getColumnType(column) == Types.DOUBLE && text != null
        ? "%.8e".formatted(Double.parseDouble(text))
        : text;
  }

  /** What a query gave. */
  record Result(List<String> columns, List<String> rows) {}

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
