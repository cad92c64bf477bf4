package io.sightglass.engine.duckdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.AccessPolicy;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.sql.NameResolver.Resolution;
import io.sightglass.engine.views.CallerPolicy;
import io.sightglass.engine.views.ViewPack;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShadowPlannerTest {

  private static final RawTable TABLE =
      new RawTable(
          RawTable.Catalog.RAW,
          QualifiedName.parse("s.t"),
          List.of(
              new OutputColumn("id", "BIGINT"),
              new OutputColumn("name", "VARCHAR"),
              new OutputColumn("day", "DATE"),
              new OutputColumn("stamp", "TIMESTAMP"),
              new OutputColumn("instant", "TIMESTAMPTZ"),
              new OutputColumn("price", "DECIMAL(10, 2)"),
              new OutputColumn("score", "DOUBLE")),
          "map {}",
          "*");

  @TempDir static Path folder;
  private static ShadowPlanner planner;

  @BeforeAll
  static void open() {
    ViewPack pack =
        new ViewPack(
            "v1",
            new AccessPolicy(List.of(), List.of()),
            List.of(),
            Map.of(),
            Map.of(),
            Map.of(),
            Map.of());
    planner =
        new ShadowPlanner(
            folder, new InstanceContents(pack, List.of(TABLE), false, InstanceContents.Rows.FILES));
  }

  @AfterAll
  static void close() {
    planner.retire();
  }

  private static ScanFilter filter(String sql, Object... values) {
    CallerPolicy policy =
        new CallerPolicy("p", "p_1", Map.of(), path -> new Resolution.Unknown(List.of()));
    return planner
        .plan(
            new ShadowPlanner.Question(policy, sql, List.of(values), Map.of("attr_x", "it's")),
            session -> () -> {})
        .getOrDefault("raw.s.t", new ScanFilter.All());
  }

  private static ScanFilter where(String condition) {
    return filter("SELECT * FROM raw.s.t WHERE " + condition);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "day = DATE '2024-02-03'|day = 2024-02-03",
        "day >= DATE '2024-03-04' - INTERVAL 30 DAY|day >= 2024-02-03",
        "date_trunc('month', day) = DATE '2024-02-01'|(day >= 2024-02-01 AND day < 2024-03-01)",
        "id IN (1, 5, 9)|id IN [1, 5, 9]",
        "id IN (1, 50, 900)|id IN [1, 50, 900]",
        "id = -5|id = -5",
        "name = getvariable('attr_x')|name = it's",
        "name LIKE 'ab%'|(name >= ab AND name < ac)",
        "stamp < TIMESTAMP '2024-02-03 04:05:06.5'|stamp < 2024-02-03T04:05:06.5",
        "instant >= TIMESTAMPTZ '2024-02-03 04:05:06+02'|instant >= 2024-02-03T02:05:06Z",
        "price = 1.5|price = 1.50",
        "day IS NULL OR day > DATE '2024-01-01'|(day IS NULL OR day > 2024-01-01)",
        "day IS NOT NULL|day IS NOT NULL",
        "score > 0.5|*",
        "id + 1 = 5|id = 4",
        "id > 1.5|*",
        "id <> 5|*",
        "NOT (day IN (DATE '2024-01-01', DATE '2025-01-01'))|*",
        "name = 'a' OR score > 1|*",
      })
  void filtersReachTheScan(String condition, String expected) {
    assertThat(text(where(condition))).isEqualTo(expected);
  }

  @Test
  void parametersAreKnownByTheirValues() {
    assertThat(
            text(
                filter(
                    "SELECT * FROM raw.s.t WHERE day = CAST($1 AS DATE) AND price > $2",
                    "2024-02-03",
                    new BigDecimal("7.25"))))
        .isEqualTo("(day = 2024-02-03 AND price > 7.25)");
  }

  @Test
  void aTableThatIsReadTwiceIsFilteredByEither() {
    assertThat(
            text(
                filter(
                    "SELECT count(*) FROM raw.s.t a JOIN raw.s.t b ON a.score = b.score"
                        + " WHERE a.id = 1 AND b.id = 7")))
        .isEqualTo("(id = 1 OR id = 7)");
    assertThat(
            text(filter("SELECT * FROM raw.s.t a LEFT JOIN raw.s.t b ON b.id = 7 WHERE a.id > 3")))
        .contains("OR");
  }

  @Test
  void aLiteralThatLooksLikeAFilterDoesNotFilter() {
    String hostile = "x'')\n(id = 1)\n(name = ''y";
    assertThat(text(where("name = '" + hostile + "'"))).isEqualTo("*");
    assertThat(text(where("name = 'a' || chr(10) || 'b'"))).isEqualTo("*");
    assertThat(text(where("name = 'a' || chr(0) || 'b'"))).isEqualTo("*");
    assertThat(text(where("name = 'a'' OR id = 1 --'"))).isEqualTo("name = a' OR id = 1 --");
  }

  /** The filter as it reads; a star where it admits everything. */
  private static String text(ScanFilter filter) {
    return switch (filter) {
      case ScanFilter.All() -> "*";
      case ScanFilter.None() -> "-";
      case ScanFilter.And(var operands) -> {
        List<String> parts =
            operands.stream().map(ShadowPlannerTest::text).filter(p -> !p.equals("*")).toList();
        yield parts.isEmpty()
            ? "*"
            : parts.size() == 1 ? parts.getFirst() : "(" + String.join(" AND ", parts) + ")";
      }
      case ScanFilter.Or(var operands) -> {
        List<String> parts = operands.stream().map(ShadowPlannerTest::text).toList();
        yield parts.contains("*") ? "*" : "(" + String.join(" OR ", parts) + ")";
      }
      case ScanFilter.Compare(var column, var operator, var value) ->
          column + " " + sign(operator) + " " + value;
      case ScanFilter.In(var column, var values) -> column + " IN " + values;
      case ScanFilter.IsNull(var column) -> column + " IS NULL";
      case ScanFilter.IsNotNull(var column) -> column + " IS NOT NULL";
    };
  }

  private static String sign(ScanFilter.Operator operator) {
    return switch (operator) {
      case EQUAL -> "=";
      case LESS -> "<";
      case LESS_OR_EQUAL -> "<=";
      case GREATER -> ">";
      case GREATER_OR_EQUAL -> ">=";
    };
  }

  /**
   * Every row that a predicate admits must be admitted by the filter that was read from its plan.
   */
  @Test
  void noRowThatTheStatementNeedsIsFilteredAway() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    DuckDbInstance instance =
        DuckDbInstance.open(
            DuckDbInstanceTest.settings(folder),
            List.of(
                "ATTACH ':memory:' AS raw",
                "CREATE SCHEMA raw.s",
                "CREATE TABLE raw.s.t AS SELECT CASE WHEN i % 11 = 0 THEN NULL ELSE i - 50 END AS"
                    + " id, CASE WHEN i % 7 = 0 THEN NULL ELSE 'n' || (i % 13) END AS name, CASE"
                    + " WHEN i % 5 = 0 THEN NULL ELSE DATE '2024-01-01' + i::INTEGER END AS day,"
                    + " TIMESTAMP '2024-01-01 00:00:00' + INTERVAL (i * 7) HOUR AS stamp, TIMESTAMPTZ"
                    + " '2024-01-01 00:00:00+00' + INTERVAL (i * 7) HOUR AS instant, (i /"
                    + " 4)::DECIMAL(10, 2) AS price, i / 3 AS score FROM range(200) t(i)"));
    try (DuckDbSession session = instance.openSession()) {
      for (int round = 0; round < 300; round++) {
        String predicate = predicate(random, 3);
        String sql = "SELECT * FROM raw.s.t WHERE " + predicate;
        String admitted = sql(filter(sql));
        List<Long> lost =
            session.query(
                "SELECT count(*) FROM raw.s.t WHERE (%s) AND (%s) IS NOT TRUE"
                    .formatted(predicate, admitted),
                List.of(),
                row -> row.getLong(1));
        assertThat(lost).as("%s by %s, seed %d", predicate, admitted, seed).containsExactly(0L);
      }
    }
    instance.retire();
  }

  private static String sql(ScanFilter filter) {
    return switch (filter) {
      case ScanFilter.All() -> "true";
      case ScanFilter.None() -> "false";
      case ScanFilter.And(var operands) -> joined(operands, " AND ", "true");
      case ScanFilter.Or(var operands) -> joined(operands, " OR ", "false");
      case ScanFilter.Compare(var column, var operator, var value) ->
          "%s %s %s".formatted(column, sign(operator), literal(column, value));
      case ScanFilter.In(var column, var values) ->
          column
              + " IN ("
              + String.join(", ", values.stream().map(value -> literal(column, value)).toList())
              + ")";
      case ScanFilter.IsNull(var column) -> column + " IS NULL";
      case ScanFilter.IsNotNull(var column) -> column + " IS NOT NULL";
    };
  }

  private static String joined(List<ScanFilter> operands, String by, String none) {
    List<String> parts = new ArrayList<>(List.of(none));
    operands.forEach(operand -> parts.add("(" + sql(operand) + ")"));
    return String.join(by, parts);
  }

  private static String literal(String column, String value) {
    return TABLE.columns().stream()
        .filter(candidate -> candidate.name().equals(column))
        .map(candidate -> Quoted.text(value) + "::" + candidate.type())
        .findFirst()
        .orElseThrow();
  }

  private static String predicate(Random random, int depth) {
    if (depth > 0 && random.nextInt(3) > 0) {
      String one = predicate(random, depth - 1);
      String other = predicate(random, depth - 1);
      return switch (random.nextInt(4)) {
        case 0, 1 -> "(" + one + " AND " + other + ")";
        case 2 -> "(" + one + " OR " + other + ")";
        default -> "NOT (" + one + ")";
      };
    }
    String comparison = List.of("=", "<", "<=", ">", ">=", "<>").get(random.nextInt(6));
    LocalDate date = LocalDate.of(2024, 1, 1).plusDays(random.nextInt(220) - 10L);
    return switch (random.nextInt(12)) {
      case 0 -> "id " + comparison + " " + (random.nextInt(160) - 60);
      case 1 -> "name " + comparison + " 'n" + random.nextInt(14) + "'";
      case 2 -> "day " + comparison + " DATE '" + date + "'";
      case 3 -> "stamp " + comparison + " TIMESTAMP '" + date + " 05:30:00.25'";
      case 4 -> "instant " + comparison + " TIMESTAMPTZ '" + date + " 05:30:00+03'";
      case 5 -> "price " + comparison + " " + random.nextInt(60) + ".25";
      case 6 -> "score " + comparison + " " + random.nextInt(60) + ".5";
      case 7 -> "id IN (" + random.nextInt(100) + ", " + random.nextInt(100) + ", NULL)";
      case 8 -> List.of("id", "name", "day").get(random.nextInt(3)) + " IS NULL";
      case 9 -> "day BETWEEN DATE '" + date + "' AND DATE '" + date.plusDays(20) + "'";
      case 10 -> "month(day) = " + (1 + random.nextInt(8));
      default -> "coalesce(name, 'n5') = 'n" + random.nextInt(14) + "'";
    };
  }
}
