package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.views.View.Origin;
import io.sightglass.engine.views.View.ViewColumn;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads whole packs: good ones, and what they come to. */
class ViewPackReaderTest {

  private static final QualifiedName VISITS = new QualifiedName("care", "visits");

  @TempDir Path folder;

  private static View view(ViewPack pack, String name) {
    return Objects.requireNonNull(pack.views().get(new QualifiedName("care", name)));
  }

  private static ViewColumn column(View view, String name) {
    return view.findColumn(name).orElseThrow();
  }

  @Test
  void readsThePackThatShipsAndItsAccessReportIsUpToDate() {
    PackCheck check = TestingPack.reader().check(Path.of("../sql-views"));

    assertThat(check.mistakes()).isEmpty();
    assertThat(check.notes())
        .as("./sightglass check-views --write sql-views brings access.md up to date")
        .isEmpty();
  }

  @Test
  void columnsKnowWhereTheyComeFromAndHowTheyAreMaskedAtRest() {
    ViewPack pack =
        TestingPack.good(folder)
            .view(
                "care/sums.sql",
                "SELECT clinic AS place, max(age) AS oldest, any_value(ssn) AS ssn FROM care.visits"
                    + " GROUP BY ALL")
            .pack();

    ViewColumn ssn = column(view(pack, "visits"), "ssn");
    assertThat(ssn.mask()).isEqualTo(Mask.LAST4);
    assertThat(ssn.sensitivity()).isEqualTo(Sensitivity.DIRECT);
    assertThat(ssn.description()).isEqualTo("Number");
    ViewColumn place = column(view(pack, "sums"), "place");
    assertThat(place.origins()).containsExactly(new Origin(VISITS, "clinic", false, true));
    ViewColumn oldest = column(view(pack, "sums"), "oldest");
    assertThat(oldest.origins()).containsExactly(new Origin(VISITS, "age", false, false));
    assertThat(oldest.sensitivity()).isEqualTo(Sensitivity.QUASI);
    assertThat(column(view(pack, "sums"), "ssn").mask()).isNull();
  }

  @Test
  void viewsThatShowOneTableRowForRowSaySo() {
    ViewPack pack =
        TestingPack.good(folder)
            .view("care/again.sql", "SELECT visit_id, upper(zip) AS zip FROM care.visits")
            .view("care/some.sql", "SELECT visit_id FROM care.visits WHERE age > 5")
            .view("care/sums.sql", "SELECT count(*) AS n FROM care.visits")
            .view("care/first.sql", "SELECT visit_id FROM care.visits LIMIT 5")
            .view(
                "care/twice.sql",
                "SELECT visit_id FROM care.visits UNION ALL FROM care.again SELECT visit_id")
            .view("care/many.sql", "SELECT visit_id, unnest([1, 2]) AS n FROM care.visits")
            .pack();

    assertThat(view(pack, "visits").rowForRow()).isEqualTo(VISITS);
    assertThat(view(pack, "again").rowForRow()).isEqualTo(VISITS);
    for (String name : List.of("some", "sums", "first", "twice", "many")) {
      assertThat(view(pack, name).rowForRow()).as(name).isNull();
    }
  }

  @Test
  void viewsComeAfterThoseThatTheyRead() {
    ViewPack pack =
        TestingPack.good(folder)
            .view("care/a.sql", "SELECT * FROM care.z")
            .view("care/z.sql", "SELECT * FROM visits")
            .pack();

    assertThat(pack.views().keySet())
        .extracting(QualifiedName::name)
        .containsExactly("visits", "z", "a");
    assertThat(view(pack, "a").datasets()).containsExactly(VISITS);
    assertThat(view(pack, "z").sql()).isEqualTo("SELECT * FROM defs.care.visits");
  }

  @Test
  void queriesAndPersonasAreRead() {
    ViewPack pack =
        TestingPack.good(folder)
            .file(
                "tests/personas.yaml",
                "anna: {roles: [local], attributes: {clinic: \"A\", x: [1, b]}}\n")
            .file(
                "care/late.query.sql",
                """
                /*
                description: D
                parameters: {days: {type: INTEGER, default: 90, min: 1, description: How far}}
                chart: {kind: bar, x: clinic}
                keep: {every: "daily 06:00", format: csv}
                */
                SELECT clinic FROM visits WHERE minutes > $days
                """)
            .pack();

    assertThat(pack.personas().get("anna"))
        .isEqualTo(
            new Principal(
                "anna", List.of("local"), Map.of("clinic", List.of("A"), "x", List.of("1", "b"))));
    NamedQuery query =
        Objects.requireNonNull(pack.queries().get(new QualifiedName("care", "late")));
    assertThat(query.views()).containsExactly(VISITS);
    assertThat(query.sql()).isEqualTo("SELECT clinic FROM visits WHERE minutes > $days");
    assertThat(query.keep()).isEqualTo(new NamedQuery.Keep("daily 06:00", "csv"));
    assertThat(query.parameters())
        .extracting(NamedQuery.Parameter::defaultText)
        .containsExactly("90");
  }
}
