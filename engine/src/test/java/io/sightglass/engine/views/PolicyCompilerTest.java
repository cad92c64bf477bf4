package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.sql.NameResolver.Resolution;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What grants come to: names, secure views on a real engine, and the variables they read. */
class PolicyCompilerTest {

  private static final QualifiedName VISITS = new QualifiedName("care", "visits");

  @TempDir Path folder;

  private final PolicyCompiler compiler = new PolicyCompiler(TestingPack.GUARD);

  private static Principal principal(String role, Map<String, List<String>> attributes) {
    return new Principal("somebody", List.of(role), attributes);
  }

  private static Principal local(String... clinics) {
    return principal("local", Map.of("clinic", List.of(clinics)));
  }

  private CallerPolicy policy(String grants, Principal principal) {
    return compiler.compile(TestingPack.good(folder).grants(grants).pack(), principal);
  }

  @Test
  void filtersHidesAndMasksOverStoredValues() throws SQLException {
    CallerPolicy policy =
        policy(
            """
            local:
              - views: [visits]
                filter: "clinic = attribute('clinic')"
                hide: [email, age]
                mask: {zip: prefix3, state: {with: redact, unless: "zip = '90210' AND age > 30"}, seen_on: year, minutes: null}
            """,
            local("A"));

    assertThat(
            rows(policy, "SELECT visit_id, zip, state, seen_on, minutes FROM %s ORDER BY ALL", "A"))
        .containsExactly("1|902**|CA|2020-01-01|null", "2|902**|[redacted]|2021-01-01|null");
    assertThat(columns(policy)).doesNotContain("email", "age").contains("ssn", "clinic");
  }

  @Test
  void withoutItsAttributeNobodySeesARow() throws SQLException {
    CallerPolicy policy =
        policy(
            """
            local:
              - views: [visits]
                filter: "clinic IS DISTINCT FROM attribute('clinic')"
            """,
            local("A"));

    assertThat(rows(policy, "SELECT count(*) FROM %s", null)).containsExactly("0");
    assertThat(rows(policy, "SELECT count(*) FROM %s", "A")).containsExactly("2");
  }

  @Test
  void aMaskAppliesWhereItsExceptionIsUnknown() throws SQLException {
    CallerPolicy policy =
        policy(
            """
            analyst:
              - views: [visits]
                mask: {state: {with: redact, unless: "zip = '90210'"}}
            """,
            principal("analyst", Map.of()));

    assertThat(rows(policy, "SELECT visit_id, state FROM %s ORDER BY ALL", null))
        .containsExactly("1|CA", "2|CA", "3|[redacted]", "4|null");
  }

  @Test
  void masksOfMacrosKeepTypeAndNull() throws SQLException {
    TestingPack.good(folder)
        .file(
            "macros.sql",
            "CREATE MACRO mask_tens(value) AS coalesce(value // 10 * 10, -1)::INTEGER;\n");

    CallerPolicy policy =
        compiler.compile(
            TestingPack.good(folder)
                .grants("analyst:\n  - views: [visits]\n    mask: {age: mask_tens}\n")
                .pack(),
            principal("analyst", Map.of()));

    assertThat(rows(policy, "SELECT visit_id, age, typeof(age) FROM %s ORDER BY ALL", null))
        .containsExactly("1|30|INTEGER", "2|30|INTEGER", "3|50|INTEGER", "4|null|INTEGER");
  }

  @Test
  void listsOfAttributesAreListsAndSingleOnesMustBeSingle() {
    CallerPolicy several =
        policy(
            """
            local:
              - views: [visits]
                filter: "list_contains(attribute_list('clinic'), clinic)"
            """,
            local("A"));
    CallerPolicy single =
        policy(
            "local:\n  - views: [visits]\n    filter: \"clinic = attribute('clinic')\"\n",
            local("A"));

    assertThat(PolicyCompiler.variables(several, local("A", "B"), List.of(VISITS)))
        .containsExactly(Map.entry("attrs_clinic", List.of("A", "B")));
    assertThat(PolicyCompiler.variables(single, local("A"), List.of(VISITS)))
        .containsExactly(Map.entry("attr_clinic", "A"));
    assertThatThrownBy(() -> PolicyCompiler.variables(single, local("A", "B"), List.of(VISITS)))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.MISSING_ATTRIBUTE));
  }

  @Test
  void callersWithTheSameGrantsShareOnePolicyWhateverTheirAttributesAre() {
    String grants = "local:\n  - views: [visits]\n    filter: \"clinic = attribute('clinic')\"\n";

    assertThat(policy(grants, local("A"))).isSameAs(policy(grants, local("B")));
    assertThat(policy(grants, local("A")).hash())
        .isNotEqualTo(policy(grants, principal("analyst", Map.of())).hash());
  }

  @Test
  void namesAreWhatTheCallerMayReadAndNothingElse() {
    TestingPack.good(folder)
        .view("care/secret.sql", "SELECT visit_id FROM raw.care.visits")
        .view("other/visits.sql", "SELECT 1 AS one")
        .file("other/grants.yaml", "analyst:\n  - views: [\"*\"]\n");
    ViewPack pack = TestingPack.in(folder).grants("analyst:\n  - views: [visits]\n").pack();
    CallerPolicy policy = compiler.compile(pack, principal("analyst", Map.of()));

    assertThat(policy.names().resolve(List.of("Care", "Visits")))
        .isEqualTo(new Resolution.Found(VISITS, List.of(policy.catalog(), "care", "visits")));
    assertThat(policy.names().resolve(List.of("visits"))).isInstanceOf(Resolution.Ambiguous.class);
    assertThat(policy.namesIn("care").resolve(List.of("visits")))
        .isInstanceOf(Resolution.Found.class);
    assertThat(policy.names().resolve(List.of("care", "secret")))
        .isEqualTo(policy.names().resolve(List.of("care", "sekret")));
    assertThat(policy.names().resolve(List.of("raw", "care", "visits")))
        .isInstanceOf(Resolution.Unknown.class);
    assertThat(policy.names().resolve(List.of(policy.catalog(), "care", "visits")))
        .isInstanceOf(Resolution.Unknown.class);
    assertThat(policy.names().resolve(List.of("care", "vists")))
        .isEqualTo(new Resolution.Unknown(List.of("care.visits")));
  }

  @Test
  void aRoleWhoseAttributeIsMissingSaysSo() {
    CallerPolicy policy = policy("local:\n  - views: [visits]\n", principal("local", Map.of()));

    assertThat(policy.views()).isEmpty();
    assertThat(policy.names().resolve(List.of("care", "visits")))
        .isEqualTo(new Resolution.MissingAttribute("local", "clinic"));
  }

  private static CallerPolicy.VisibleView visits(CallerPolicy policy) {
    return Objects.requireNonNull(policy.views().get(VISITS));
  }

  private static List<String> columns(CallerPolicy policy) {
    return visits(policy).columns().stream().map(column -> column.column().name()).toList();
  }

  private List<String> rows(CallerPolicy policy, String sql, @Nullable String clinic)
      throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        var statement = connection.createStatement()) {
      for (String catalog : List.of("raw", "defs", policy.catalog())) {
        statement.execute("ATTACH ':memory:' AS " + catalog);
        statement.execute("CREATE SCHEMA %s.care".formatted(catalog));
      }
      statement.execute(
          """
          CREATE TABLE raw.care.visits AS FROM (VALUES
            (1::BIGINT, 'A', DATE '2020-05-05', now(), '90210', 'CA', 31::INTEGER, 5::INTEGER, 'x', 'y', 'k', 'l', current_date),
            (2, 'A', DATE '2021-06-06', now(), '90210', 'CA', 30, 6, 'x', 'y', 'k', 'l', current_date),
            (3, 'B', DATE '2022-07-07', now(), NULL, 'TX', 55, 7, 'x', 'y', 'k', 'l', current_date),
            (4, NULL, NULL, now(), '10001', NULL, NULL, 8, 'x', 'y', 'k', 'l', current_date))
            t(visit_id, clinic, seen_on, seen_at, zip, state, age, minutes, ssn, email, _row_key, _load_id, _file_date)
          """);
      for (String macro : TestingPack.in(folder).pack().macros()) {
        statement.execute(macro);
      }
      View view = visits(policy).view();
      statement.execute("CREATE VIEW defs.care.visits AS " + view.sql());
      statement.execute(
          "CREATE SECURE VIEW %s.care.visits AS %s"
              .formatted(policy.catalog(), visits(policy).select()));
      if (clinic != null) {
        statement.execute("SET VARIABLE attr_clinic = '%s'".formatted(clinic));
      }
      try (ResultSet result =
          statement.executeQuery(sql.formatted(policy.catalog() + ".care.visits"))) {
        while (result.next()) {
          List<String> row = new ArrayList<>();
          for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
            row.add(String.valueOf(result.getString(i)));
          }
          rows.add(String.join("|", row));
        }
      }
    }
    return rows;
  }
}
