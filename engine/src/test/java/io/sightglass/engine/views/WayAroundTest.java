package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a grant filters, hides or masks is not to be seen through the role's other views. */
class WayAroundTest {

  private static final String FILTERED =
      """
      local:
        - views: [visits]
          filter: "clinic = attribute('clinic')"
        - views: [other]
      """;

  private static final String SAME_FILTER =
      FILTERED + "    filter: \"clinic = attribute('clinic')\"\n";

  @TempDir Path folder;

  private List<String> mistakes(String other, String grants) {
    return TestingPack.good(folder).view("care/other.sql", other).grants(grants).mistakes();
  }

  private void assertWayAround(List<String> mistakes, int line, String view, String why) {
    assertThat(mistakes)
        .singleElement()
        .asString()
        .startsWith(
            "care/grants.yaml:%d: WAY_AROUND: role local sees through %s".formatted(line, view))
        .contains(why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT visit_id, clinic FROM raw.care.visits",
        "SELECT visit_id FROM care.visits WHERE clinic = 'A'",
        "SELECT count(*) AS n FROM raw.care.visits",
        "SELECT clinic, count(*) AS n FROM care.visits GROUP BY ALL",
        "SELECT v.ssn, r.clinic FROM vault.care.visits v JOIN raw.care.visits r USING (_row_key)"
      })
  void anotherViewOverTheDatasetNeedsTheFilter(String other) {
    assertWayAround(mistakes(other, FILTERED), 4, "care.other", "it has no filter");
    assertThat(mistakes(other, FILTERED + "    unfiltered: \"Counts are public\"\n")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT visit_id, clinic FROM raw.care.visits",
        "SELECT * FROM care.visits WHERE minutes > 5 ORDER BY seen_on",
        "SELECT clinic, count(*) AS n FROM care.visits GROUP BY ALL",
        "SELECT clinic, state, avg(age) AS age FROM raw.care.visits GROUP BY clinic, state",
        "SELECT visit_id, clinic, rank() OVER (PARTITION BY clinic ORDER BY seen_at) AS nth FROM"
            + " care.visits",
        "SELECT v.ssn, r.clinic FROM vault.care.visits v JOIN raw.care.visits r USING (_row_key)",
        "SELECT a.visit_id, a.clinic, b.visit_id AS other FROM care.visits a JOIN care.visits b ON"
            + " a.clinic = b.clinic AND a.visit_id < b.visit_id",
        "WITH t AS (SELECT clinic, minutes FROM care.visits) SELECT clinic, sum(minutes) AS m FROM"
            + " t GROUP BY clinic",
        "SELECT clinic, visit_id FROM care.visits UNION ALL SELECT clinic, visit_id FROM"
            + " raw.care.visits",
        "SELECT DISTINCT clinic, state FROM care.visits"
      })
  void theSameFilterOnTheSameColumnsWithinThemIsNoWayAround(String other) {
    assertThat(mistakes(other, SAME_FILTER)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT visit_id, clinic, rank() OVER (ORDER BY seen_at) AS nth FROM care.visits",
        "SELECT visit_id, clinic, rank() OVER (PARTITION BY state ORDER BY seen_at) AS nth FROM"
            + " care.visits",
        "SELECT visit_id, clinic, (SELECT count(*) FROM raw.care.visits) AS n FROM care.visits",
        "SELECT visit_id, clinic FROM care.visits WHERE age > (SELECT avg(age) FROM care.visits)",
        "SELECT a.visit_id, a.clinic, b.visit_id AS other FROM care.visits a JOIN care.visits b ON"
            + " a.zip = b.zip",
        "SELECT a.clinic, b.clinic AS theirs FROM care.visits a, care.visits b",
        "SELECT visit_id, clinic FROM care.visits ORDER BY age DESC LIMIT 10",
        "SELECT any_value(clinic) AS clinic, state, count(*) AS n FROM care.visits GROUP BY state",
        "SELECT c.clinic, t.n FROM care.visits c, (SELECT count(*) AS n FROM care.visits) t",
        "SELECT clinic, visit_id FROM care.visits WHERE visit_id NOT IN (SELECT visit_id FROM"
            + " care.visits WHERE state = 'CA')",
        "SELECT upper(clinic) AS clinic, visit_id FROM care.visits",
        "SELECT state AS clinic, visit_id FROM care.visits",
        "SELECT CASE WHEN true THEN clinic END AS clinic, visit_id FROM care.visits"
      })
  void lookingAcrossRowsOrOnOtherColumnsIsAWayAround(String other) {
    assertThat(mistakes(other, SAME_FILTER))
        .anyMatch(mistake -> mistake.contains("WAY_AROUND: role local sees through care.other"));
    assertThat(mistakes(other, SAME_FILTER + "    unfiltered: \"Agreed with the owner\"\n"))
        .isEmpty();
  }

  @Test
  void aViewBetweenHidesNoWayAround() {
    TestingPack.good(folder)
        .view(
            "care/ranks.sql",
            "SELECT visit_id, clinic, rank() OVER (ORDER BY age) AS r FROM raw.care.visits");

    assertWayAround(
        mistakes("SELECT visit_id, clinic FROM care.ranks WHERE r < 10", SAME_FILTER),
        4,
        "care.other",
        "care.ranks has a window");
  }

  @Test
  void theFilterMayStandOnARenamedColumnAndMayAskForMore() {
    assertThat(
            mistakes(
                "SELECT visit_id, clinic AS place FROM raw.care.visits",
                FILTERED + "    filter: \"place = attribute('clinic') AND visit_id > 5\"\n"))
        .hasSize(1)
        .allMatch(mistake -> mistake.contains("through care.visits rows"));
    assertThat(
            mistakes(
                "SELECT visit_id, clinic AS place FROM raw.care.visits",
                FILTERED + "    filter: \"place = attribute('clinic')\"\n"))
        .isEmpty();
    assertThat(
            mistakes(
                "SELECT visit_id, clinic AS place FROM raw.care.visits",
                FILTERED + "    filter: \"place = attribute('clinic') OR visit_id > 5\"\n"))
        .isNotEmpty();
  }

  @Test
  void viewsOverOtherDatasetsNeedNoFilter() {
    assertThat(mistakes("SELECT 1 AS one", FILTERED)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT visit_id, zip FROM raw.care.visits",
        "SELECT zip AS plz FROM care.visits",
        "SELECT upper(zip) AS z FROM raw.care.visits",
        "SELECT zip IS NULL AS unknown FROM raw.care.visits",
        "SELECT visit_id FROM raw.care.visits WHERE zip = '90210'",
        "SELECT visit_id, row_number() OVER (PARTITION BY zip ORDER BY visit_id) AS nth FROM"
            + " care.visits",
        "SELECT max(zip) AS z FROM care.visits",
        "SELECT CASE WHEN zip < '5' THEN 1 ELSE 2 END AS half FROM care.visits",
        "WITH t AS (SELECT * FROM care.visits) SELECT t.* EXCLUDE (state) FROM t",
        "SELECT COLUMNS('zi.') FROM care.visits",
        "SELECT struct_extract(t, 'zip') AS z FROM care.visits t",
        "SELECT UNNEST([zip, state]) AS z FROM care.visits",
        "SELECT visit_id FROM care.visits ORDER BY zip LIMIT 1"
      })
  void noOutputOfAnotherViewMayDependOnWhatIsHiddenOrMasked(String other) {
    for (String keep : List.of("hide: [zip]", "mask: {zip: prefix3}", "mask: {zip: null}")) {
      String grants = "local:\n  - views: [visits]\n    %s\n  - views: [other]\n".formatted(keep);

      assertThat(mistakes(other, grants))
          .singleElement()
          .asString()
          .startsWith("care/grants.yaml:4: WAY_AROUND: role local sees through care.other");
      assertThat(mistakes(other, grants + "    unmasked: {zip: \"Agreed\"}\n")).isEmpty();
    }
  }

  @Test
  void theSameMaskThereIsNoWayAroundAndAWeakerOneIs() {
    String grants =
        """
        local:
          - views: [visits]
            mask: {zip: {with: prefix3, unless: "state = 'CA'"}}
          - views: [other]
            mask: {plz: %s}
        """;
    String other = "SELECT visit_id, zip AS plz, state AS land FROM raw.care.visits";

    assertThat(mistakes(other, grants.formatted("{with: prefix3, unless: \"land = 'CA'\"}")))
        .isEmpty();
    assertThat(mistakes(other, grants.formatted("null"))).hasSize(1);
    assertThat(mistakes(other, grants.formatted("last4"))).isNotEmpty();
    assertThat(mistakes(other, grants.formatted("{with: prefix3, unless: \"land = 'TX'\"}")))
        .isNotEmpty();
  }

  @Test
  void aVaultColumnIsAnotherColumnThanTheRawOneOfThatName() {
    String other =
        "SELECT v.email FROM vault.care.visits v JOIN raw.care.visits r USING (_row_key)";

    assertThat(
            mistakes(other, "local:\n  - views: [visits]\n    hide: [email]\n  - views: [other]\n"))
        .isEmpty();
  }

  @Test
  void reasonsAreAcceptedWhereNothingDemandsThem() {
    assertThat(
            mistakes(
                "SELECT 1 AS one",
                """
                local:
                  - views: [visits]
                    unfiltered: "Nothing is filtered"
                    unmasked: {zip: "Nothing is masked"}
                  - views: [other]
                    unfiltered: "Nothing is filtered"
                """))
        .isEmpty();
  }

  @Test
  void threeQuasiIdentifiersUnmaskedAreAWarning() {
    ViewPackReading all = TestingPack.good(folder).grants("analyst:\n  - views: [visits]\n").read();
    assertThat(all).isInstanceOf(ViewPackReading.Read.class);
    assertThat(all.warnings())
        .singleElement()
        .asString()
        .startsWith(
            "care/grants.yaml:2: QUASI_IDENTIFIERS: role analyst sees age, state, zip of"
                + " care.visits");

    assertThat(
            TestingPack.good(folder)
                .grants("analyst:\n  - views: [visits]\n    mask: {zip: prefix3}\n")
                .read()
                .warnings())
        .isEmpty();
  }
}
