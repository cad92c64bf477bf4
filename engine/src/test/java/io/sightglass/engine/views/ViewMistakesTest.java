package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of wrong views, examples, named queries and macros. */
class ViewMistakesTest {

  @TempDir Path folder;

  private TestingPack pack() {
    return TestingPack.good(folder);
  }

  private static void assertOnly(List<String> mistakes, String... starts) {
    assertThat(mistakes).hasSize(starts.length);
    for (String start : starts) {
      assertThat(mistakes).anyMatch(mistake -> mistake.startsWith(start));
    }
  }

  @Test
  void viewsReadTheirOwnSchemaAndWhatIsSharedWithIt() {
    pack()
        .file(
            "care/open.sql",
            """
            /*
            description: D
            grain: G
            shared_with: [other]
            */
            SELECT visit_id, clinic FROM visits
            """)
        .view("other/good.sql", "SELECT count(*) AS n FROM care.open")
        .view("other/closed.sql", "SELECT 1 AS one\nFROM care.visits")
        .view("other/foreign.sql", "SELECT 1 AS one FROM raw.care.visits")
        .view("other/hidden.sql", "SELECT 1 AS one FROM vault.care.visits");

    assertOnly(
        TestingPack.in(folder).mistakes(),
        "other/closed.sql:6: UNKNOWN_NAME: view care.visits, which is not shared with other",
        "other/foreign.sql:5: UNKNOWN_NAME: raw.care.visits, a dataset of another schema",
        "other/hidden.sql:5: UNKNOWN_NAME: vault.care.visits, a dataset of another schema");
  }

  @Test
  void everyUnknownTableAndColumnOfAViewIsNamed() {
    pack()
        .view("care/a.sql", "SELECT 1 AS one\nFROM nowhere\nJOIN care.nothing ON true")
        .view(
            "care/b.sql",
            "SELECT visit_id,\n  clinc,\n  v.zipp AS z\nFROM raw.care.visits v\nWHERE stat = 'x'");

    assertOnly(
        TestingPack.in(folder).mistakes(),
        "care/a.sql:6: UNKNOWN_NAME: table \"care.nowhere\"",
        "care/a.sql:7: UNKNOWN_NAME: table \"care.nothing\"",
        "care/b.sql:6: UNKNOWN_COLUMN: column \"clinc\"",
        "care/b.sql:7: UNKNOWN_COLUMN: column \"zipp\"",
        "care/b.sql:9: UNKNOWN_COLUMN: column \"stat\"");
  }

  @Test
  void whatLeansOnAMistakeIsCheckedAndDoesNotRepeatIt() {
    pack()
        .view("care/a.sql", "SELECT visit_id, clinc FROM raw.care.visits")
        .view("care/b.sql", "SELECT clinc, visit_id, agee\nFROM care.a");

    assertOnly(
        TestingPack.in(folder).mistakes(),
        "care/a.sql:5: UNKNOWN_COLUMN: column \"clinc\"",
        "care/b.sql:5: UNKNOWN_COLUMN: column \"agee\"");
  }

  @Test
  void aTypeThatIsAMistakeDoesNotSpoilTheViewsOverIt() {
    pack()
        .file(
            "care/calls.yaml",
            """
            description: D
            owner: O
            grain: G
            source: {path: c.csv, format: csv}
            load: append
            columns:
              - {name: call_id, type: BIGNT, sensitivity: none, description: I}
            """)
        .view("care/calls.sql", "SELECT call_id + 1 AS next FROM raw.care.calls");

    assertOnly(TestingPack.in(folder).mistakes(), "care/calls.yaml:7: WRONG_VALUE: type \"BIGNT\"");
  }

  @Test
  void circlesAreNamed() {
    pack()
        .view("care/a.sql", "SELECT * FROM care.b")
        .view("care/b.sql", "SELECT *\nFROM care.c")
        .view("care/c.sql", "SELECT * FROM care.a")
        .view("care/self.sql", "SELECT * FROM care.self");

    assertOnly(
        TestingPack.in(folder).mistakes(),
        "care/a.sql:5: CYCLE: care.a reads care.b reads care.c reads care.a",
        "care/self.sql:5: CYCLE: care.self reads care.self");
  }

  @Test
  void viewsPassTheGuardLikeEverybodysStatements() {
    pack()
        .view("care/a.sql", "SELECT *\nFROM read_csv('/etc/passwd')")
        .view("care/b.sql", "SELECT 1 AS one; SELECT 2 AS two")
        .view("care/c.sql", "SELECT getvariable('attr_clinic') AS c")
        .view("care/d.sql", "SELECT $1 AS one")
        .view("care/e.sql", "DELETE FROM raw.care.visits");

    assertThat(TestingPack.in(folder).mistakes())
        .hasSize(5)
        .anyMatch(mistake -> mistake.startsWith("care/a.sql:6: NOT_ALLOWED"))
        .anyMatch(mistake -> mistake.startsWith("care/b.sql:"))
        .anyMatch(mistake -> mistake.startsWith("care/c.sql:5: NOT_ALLOWED"))
        .anyMatch(mistake -> mistake.startsWith("care/d.sql:5: "))
        .anyMatch(mistake -> mistake.startsWith("care/e.sql:5: NOT_ALLOWED"));
  }

  @Test
  void aHeaderIsHeldToItsView() {
    pack()
        .file(
            "care/a.sql",
            """
            /*
            description: D
            columns: {visit: The visit}
            examples:
              - "SELECT nothing FROM care.a"
              - "SELECT count(*) FROM care.nowhere"
              - "SELECT $1 FROM care.a"
            shared_with: [othr]
            materialize: {refresh: "hourly", partition: [month(seen)]}
            publish: {count: people, k: 0}
            listed: maybe
            */
            SELECT visit_id FROM raw.care.visits
            """)
        .file("care/b.sql", "SELECT visit_id FROM raw.care.visits\n");

    assertOnly(
        TestingPack.in(folder).mistakes(),
        "care/a.sql:2: MISSING_KEY: no key \"grain\"",
        "care/a.sql:3: UNKNOWN_COLUMN: columns: column \"visit\"",
        "care/a.sql:5: UNKNOWN_COLUMN: example: column \"nothing\"",
        "care/a.sql:6: UNKNOWN_NAME: example: ",
        "care/a.sql:7: NOT_ALLOWED: example with parameters",
        "care/a.sql:8: UNKNOWN_NAME: schema \"othr\"",
        "care/a.sql:9: WRONG_VALUE: refresh \"hourly\"",
        "care/a.sql:9: UNKNOWN_COLUMN: materialize: column \"seen\"",
        "care/a.sql:10: WRONG_VALUE: k 0",
        "care/a.sql:10: UNKNOWN_COLUMN: publish: column \"people\"",
        "care/a.sql:10: NOT_ALLOWED: publish of a view that does not aggregate",
        "care/a.sql:11: WRONG_TYPE: listed \"maybe\"",
        "care/b.sql:1: MISSING_KEY: no leading comment");
  }

  @Test
  void identifiedViewsAreNeitherMaterialisedNorPublishedNorGrantedByAWildcard() {
    pack()
        .view("care/people.sql", "SELECT v.ssn FROM vault.care.visits v")
        .file(
            "care/named.sql",
            """
            /*
            description: D
            grain: G
            materialize: {refresh: on_load}
            publish: {count: n}
            */
            SELECT count(*) AS n FROM care.people
            """);
    assertThat(TestingPack.in(folder).mistakes())
        .anyMatch(mistake -> mistake.startsWith("care/named.sql:4: CONFLICT: materialize"))
        .anyMatch(mistake -> mistake.startsWith("care/named.sql:5: CONFLICT: publish"));

    ViewPack pack = pack().view("care/named.sql", "SELECT count(*) AS n FROM care.people").pack();
    assertThat(pack.views().values().stream().filter(View::identified))
        .extracting(view -> view.name().name())
        .containsExactlyInAnyOrder("people", "named");
    assertThat(AccessReport.render(pack)).doesNotContain("care.people", "care.named");
  }

  @Test
  void publishedViewsCountPeopleInGroups() {
    String view =
        """
        /*
        description: D
        grain: G
        publish: {count: %s}
        */
        %s
        """;
    pack()
        .file(
            "care/a.sql",
            view.formatted("n", "SELECT clinic, count(*) AS n FROM care.visits GROUP BY ALL"))
        .file("care/b.sql", view.formatted("n", "SELECT clinic, n FROM care.a"))
        .file("care/c.sql", view.formatted("minutes", "SELECT clinic, minutes FROM care.visits"))
        .file(
            "care/d.sql",
            view.formatted("clinic", "SELECT clinic, count(*) AS n FROM care.visits GROUP BY ALL"));

    assertOnly(
        TestingPack.in(folder).mistakes(),
        "care/c.sql:4: NOT_ALLOWED: publish of a view that does not aggregate",
        "care/d.sql:4: TYPE_MISMATCH: publish: count \"clinic\" of type VARCHAR");
  }

  @Test
  void namedQueriesAreHeldToTheirParametersAndViews() {
    pack()
        .file(
            "care/by_clinic.query.sql",
            """
            /*
            description: D
            parameters: {clinic: {type: VARCHAR, default: "A"}, days: {type: INTEGER, default: 90, min: 1}, format: {type: VARCHAR}, bad: {type: INTEGER, default: x, max: 1, min: 2}}
            keep: {every: hourly, format: xls}
            chart: {kind: bar, x: clinic}
            */
            SELECT clinic, count(*) AS n
            FROM visits
            WHERE clinic = $clinc AND minutes > $days AND seen_om > current_date
            GROUP BY ALL
            """)
        .file(
            "care/good.query.sql",
            """
            /*
            description: D
            parameters: {clinic: {type: VARCHAR, default: "A"}, days: {type: INTEGER, default: 90, min: 1}}
            */
            SELECT count(*) AS n FROM care.visits WHERE clinic = $clinic AND minutes > $days LIMIT $days
            """);

    assertOnly(
        TestingPack.in(folder).mistakes(),
        "care/by_clinic.query.sql:3: BAD_NAME: parameter \"format\"",
        "care/by_clinic.query.sql:3: WRONG_VALUE: default \"x\"",
        "care/by_clinic.query.sql:3: CONFLICT: min 2 above max 1",
        "care/by_clinic.query.sql:4: WRONG_VALUE: every \"hourly\"",
        "care/by_clinic.query.sql:4: WRONG_VALUE: format \"xls\"",
        "care/by_clinic.query.sql:9: UNKNOWN_NAME: parameter \"clinc\"");
  }

  @Test
  void parametersAreScalarsOrListsOfThemWithValuesThatFit() {
    pack()
        .file(
            "care/q.query.sql",
            """
            /*
            description: D
            parameters:
              clinics: {type: "VARCHAR[]", default: [A, B]}
              minutes: {type: "INTEGER[]", default: [5, 50], max: 9}
              since: {type: DATE, default: 2026-01-01, min: 2026-02-01}
              price: {type: "DECIMAL(4, 2)", default: 1.234}
              shape: {type: "STRUCT(a INTEGER)"}
              grid: {type: "INTEGER[][]"}
            */
            SELECT count(*) AS n FROM visits
            WHERE list_contains($clinics, clinic) AND list_contains($minutes, minutes)
              AND seen_on > $since AND minutes < $price AND $shape IS NULL AND $grid IS NULL
            """);

    assertOnly(
        TestingPack.in(folder).mistakes(),
        "care/q.query.sql:5: CONFLICT: default 50; allowed: at most max, which is 9",
        "care/q.query.sql:6: CONFLICT: default \"2026-01-01\"; allowed: at least min",
        "care/q.query.sql:7: WRONG_VALUE: default 1.234; allowed: a value of type DECIMAL(4, 2)",
        "care/q.query.sql:8: WRONG_VALUE: type \"STRUCT(a INTEGER)\"",
        "care/q.query.sql:9: WRONG_VALUE: type \"INTEGER[][]\"");
  }

  @Test
  void queriesMayReadTheCatalogueAndViewsMayNot() {
    pack()
        .file(
            "care/mine.query.sql",
            """
            /*
            description: D
            */
            SELECT t.table_name, t.missing_dates FROM catalog.tables t
            JOIN catalog.columns c USING (schema_name, table_name)
            """)
        .file(
            "care/wrong.query.sql",
            """
            /*
            description: D
            */
            SELECT tabel_name FROM catalog.tables
            """)
        .view("care/nosy.sql", "SELECT table_name FROM catalog.tables");
    assertOnly(
        TestingPack.in(folder).mistakes(),
        "care/nosy.sql:5: UNKNOWN_NAME",
        "care/wrong.query.sql:4: UNKNOWN_COLUMN: column \"tabel_name\"");
  }

  @Test
  void aParameterThatNothingUsesIsAWarning() {
    pack()
        .file(
            "care/q.query.sql",
            """
            /*
            description: D
            parameters:
              clinic: {type: VARCHAR}
              day: {type: DATE}
            */
            SELECT count(*) AS n FROM visits WHERE clinic = $clinic
            """);
    assertThat(TestingPack.in(folder).warnings())
        .contains(
            "care/q.query.sql:5: UNUSED_PARAMETER: parameter \"day\"; the SQL does not use $day");
  }

  @Test
  void macrosAreVerifiedAndUsable() {
    pack()
        .file(
            "macros.sql",
            """
            -- shared by all
            CREATE MACRO half(x) AS x / 2;
            CREATE MACRO fourth(x) AS half(half(x));
            """)
        .view("care/a.sql", "SELECT fourth(minutes) AS q FROM raw.care.visits");
    assertThat(TestingPack.in(folder).pack().macros()).hasSize(2);

    pack()
        .file(
            "macros.sql",
            """
            CREATE MACRO half(x) AS x / 2;
            CREATE MACRO spy(x) AS read_text(x);
            CREATE MACRO look() AS TABLE SELECT 1;
            CREATE TABLE t(a INTEGER);
            """)
        .view("care/a.sql", "SELECT half(minutes) AS q FROM raw.care.visits");
    assertThat(TestingPack.in(folder).mistakes())
        .hasSize(3)
        .anyMatch(mistake -> mistake.startsWith("macros.sql:2: NOT_ALLOWED"))
        .anyMatch(mistake -> mistake.startsWith("macros.sql:3: "))
        .anyMatch(mistake -> mistake.startsWith("macros.sql:4: "));
  }

  @Test
  void whereOfADatasetIsAnExpressionOverItsTypedColumns() {
    String contract =
        """
        description: D
        owner: O
        grain: G
        source: {path: c.csv, format: csv}
        load: append
        where: "%s"
        columns:
          - {name: id, type: BIGINT, sensitivity: direct, mask: last4, description: I}
          - {name: seen, type: DATE, sensitivity: none, pattern: '(', description: A}
        """;
    pack()
        .file("care/a.yaml", contract.formatted("id > 5 AND year(seen) = 2020"))
        .file("care/b.yaml", contract.formatted("idd > 5 OR seenn IS NULL"))
        .file("care/c.yaml", contract.formatted("id"))
        .file("care/d.yaml", contract.formatted("id = (SELECT 1)"))
        .file("care/e.yaml", contract.formatted("id = attribute('x')"));

    assertThat(TestingPack.in(folder).mistakes())
        .filteredOn(mistake -> !mistake.contains("pattern"))
        .hasSize(5)
        .anyMatch(
            mistake -> mistake.startsWith("care/b.yaml:6: UNKNOWN_COLUMN: where: column \"idd\""))
        .anyMatch(
            mistake -> mistake.startsWith("care/b.yaml:6: UNKNOWN_COLUMN: where: column \"seenn\""))
        .anyMatch(
            mistake -> mistake.startsWith("care/c.yaml:6: TYPE_MISMATCH: where of type BIGINT"))
        .anyMatch(mistake -> mistake.startsWith("care/d.yaml:6: NOT_ALLOWED"))
        .anyMatch(mistake -> mistake.startsWith("care/e.yaml:6: NOT_ALLOWED"));
    assertThat(TestingPack.in(folder).mistakes())
        .filteredOn(mistake -> mistake.contains("WRONG_VALUE: pattern \"(\""))
        .hasSize(5);
  }
}
