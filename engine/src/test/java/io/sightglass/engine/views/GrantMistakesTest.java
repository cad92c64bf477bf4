package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of wrong grants, roles and personas. */
class GrantMistakesTest {

  @TempDir Path folder;

  private List<String> mistakes(String grants) {
    return TestingPack.good(folder).grants(grants.replace("\\n", "\n")).mistakes();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "hide: [visits_id]~4: UNKNOWN_COLUMN: hide: column of care.visits: \"visits_id\"",
        "mask: {zip: prefix3, zipp: prefix3}~4: UNKNOWN_COLUMN: mask: column of care.visits:"
            + " \"zipp\"",
        "mask: {zip: pseudonym}~4: UNKNOWN_NAME: mask \"pseudonym\"; allowed: last4, null, prefix3,"
            + " redact, scrub, year",
        "mask: {zip: mask_zip}~4: UNKNOWN_NAME: mask \"mask_zip\"",
        "mask: {age: last4}~4: TYPE_MISMATCH: mask last4 of care.visits.age, a INTEGER",
        "mask: {zip: year}~4: TYPE_MISMATCH: mask year of care.visits.zip, a VARCHAR",
        "mask: {zip: {unless: \"age > 5\"}}~4: MISSING_KEY: no key \"with\"",
        "mask: {zip: {with: redact, unless: \"agee > 5\"}}~4: UNKNOWN_COLUMN: unless over"
            + " care.visits: column \"agee\"",
        "mask: {zip: {with: redact, unless: \"age\"}}~4: TYPE_MISMATCH: unless of type INTEGER",
        "mask: {zip: {with: redact, until: \"age > 1\"}}~4: UNKNOWN_KEY: key \"until\"",
        "mask: [zip]~4: WRONG_TYPE: mask: a list",
        "hide: [zip]\\n    mask: {zip: redact}~5: CONFLICT: column \"zip\" hidden and masked",
        "filter: \"station = attribute('clinic')\"~4: UNKNOWN_COLUMN: filter over care.visits:"
            + " column \"station\"",
        "filter: \"clinic = attribute('region')\"~4: UNKNOWN_NAME: filter: role local lists in"
            + " roles.yaml no attribute \"region\"",
        "filter: \"clinic IN (SELECT clinic FROM care.visits)\"~4: NOT_ALLOWED: filter: ",
        "filter: \"count(*) > 5\"~4: NOT_ALLOWED: filter: ",
        "filter: \"rank() OVER () > 5\"~4: NOT_ALLOWED: filter: ",
        "filter: \"getenv('HOME') = clinic\"~4: NOT_ALLOWED: filter: ",
        "filter: \"clinic\"~4: TYPE_MISMATCH: filter of type VARCHAR",
        "filter: \"age LIKE 'x'\"~4: TYPE_MISMATCH: filter over care.visits: ",
        "filter: \"\"~4: WRONG_VALUE: filter \"\"",
        "filters: \"clinic = 'A'\"~4: UNKNOWN_KEY: key \"filters\"",
        "unmasked: {nothing: \"why\"}~4: UNKNOWN_COLUMN: unmasked: column \"nothing\"",
        "unfiltered: true~4: WRONG_TYPE: unfiltered true; allowed: text",
        "hide: [visit_id, clinic, seen_on, seen_at, zip, state, age, minutes, ssn, email]~3:"
            + " CONFLICT: every column of care.visits hidden",
      })
  void oneMistakeIsNamedWithItsLine(String key, String mistake) {
    assertThat(mistakes("local:\n\n  - views: [visits]\n    " + key + "\n"))
        .singleElement()
        .asString()
        .startsWith("care/grants.yaml:" + mistake);
  }

  @Test
  void viewsAndRolesMustExistAndAreGrantedOnce() {
    assertThat(
            mistakes(
                """
                analyst:
                  - views: [visits, nothing]
                  - views: "*"
                  - views: [visits]
                  - views: ["*"]
                  - views: []
                nurse:
                  - view: [visits]
                    hide: [zip]
                """))
        .anyMatch(
            text -> text.startsWith("care/grants.yaml:2: UNKNOWN_NAME: view of care \"nothing\""))
        .anyMatch(text ->
            text.startsWith("care/grants.yaml:4: DUPLICATE: \"visits\" granted to analyst twice"))
        .anyMatch(text ->
            text.startsWith("care/grants.yaml:5: DUPLICATE: \"*\" granted to analyst twice"))
        .anyMatch(text -> text.startsWith("care/grants.yaml:6: WRONG_VALUE: views: a list"))
        .anyMatch(text -> text.startsWith("care/grants.yaml:7: UNKNOWN_NAME: role \"nurse\""))
        .anyMatch(text -> text.startsWith("care/grants.yaml:8: UNKNOWN_KEY: key \"view\""))
        .hasSize(6);
  }

  @Test
  void underAWildcardAFilterMustBindOnEveryViewAndAHiddenColumnOnOne() {
    TestingPack.good(folder)
        .view("care/sums.sql", "SELECT clinic, sum(minutes) AS m FROM care.visits GROUP BY ALL");

    assertThat(mistakes("analyst:\n  - views: [\"*\"]\n    hide: [zip]\n")).isEmpty();
    assertThat(mistakes("analyst:\n  - views: [\"*\"]\n    filter: \"state = 'CA'\"\n"))
        .anyMatch(text ->
            text.startsWith(
                "care/grants.yaml:3: UNKNOWN_COLUMN: filter over care.sums: column \"state\""));
    assertThat(mistakes("analyst:\n  - views: [visits, sums]\n    hide: [zip]\n"))
        .anyMatch(text ->
            text.startsWith(
                "care/grants.yaml:3: UNKNOWN_COLUMN: hide: column of care.sums: \"zip\""));
  }

  @Test
  void rolesNeedADescriptionAndEveryLimit() {
    List<String> mistakes =
        TestingPack.good(folder)
            .file(
                "roles.yaml",
                """
                roles:
                  analyst:
                    description: D
                    permissions: [loads, rejcts]
                    limits: {rows: many, bytes: 1 gig, seconds: -1, concurrent: 1.5, queued: 8, memory: 1}
                  local:
                    attributes: [clinic, "no name", Clinic]
                  "Bad Role":
                    description: D
                    limits: {rows: 1, bytes: 1 B, seconds: 0.5, concurrent: 1, queued: 1, memory: 1 GiB, kept: 0}
                rolls: {}
                """)
            .mistakes();

    assertThat(mistakes)
        .anyMatch(text -> text.startsWith("roles.yaml:4: WRONG_VALUE: permissions \"rejcts\""))
        .anyMatch(text -> text.startsWith("roles.yaml:5: WRONG_TYPE: rows \"many\""))
        .anyMatch(text -> text.startsWith("roles.yaml:5: WRONG_VALUE: bytes \"1 gig\""))
        .anyMatch(text -> text.startsWith("roles.yaml:5: WRONG_VALUE: seconds -1"))
        .anyMatch(text -> text.startsWith("roles.yaml:5: WRONG_TYPE: concurrent 1.5"))
        .anyMatch(text -> text.startsWith("roles.yaml:5: WRONG_TYPE: memory 1"))
        .anyMatch(text -> text.startsWith("roles.yaml:5: MISSING_KEY: no key \"kept\""))
        .anyMatch(text -> text.startsWith("roles.yaml:7: MISSING_KEY: no key \"description\""))
        .anyMatch(text -> text.startsWith("roles.yaml:7: MISSING_KEY: no key \"limits\""))
        .anyMatch(text -> text.startsWith("roles.yaml:7: WRONG_VALUE: attributes \"no name\""))
        .anyMatch(text -> text.startsWith("roles.yaml:7: DUPLICATE: attributes \"Clinic\" twice"))
        .anyMatch(text -> text.startsWith("roles.yaml:8: BAD_NAME: role \"Bad Role\""))
        .anyMatch(text -> text.startsWith("roles.yaml:11: UNKNOWN_KEY: key \"rolls\""))
        .hasSize(13);
  }

  @Test
  void personasHaveRolesThatExist() {
    List<String> mistakes =
        TestingPack.good(folder)
            .file(
                "tests/personas.yaml",
                """
                anna: {roles: [analyst], attributes: {clinic: "A", level: 3}}
                nobody: {roles: []}
                bert: {roles: [analist], age: 4}
                carl: {attributes: {clinic: [A, B]}}
                """)
            .mistakes();

    assertThat(mistakes)
        .anyMatch(text -> text.startsWith("tests/personas.yaml:3: UNKNOWN_NAME: role \"analist\""))
        .anyMatch(text -> text.startsWith("tests/personas.yaml:3: UNKNOWN_KEY: key \"age\""))
        .anyMatch(text -> text.startsWith("tests/personas.yaml:4: MISSING_KEY: no key \"roles\""))
        .hasSize(3);
  }
}
