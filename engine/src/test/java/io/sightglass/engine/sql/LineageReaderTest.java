package io.sightglass.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.sql.NameResolver.Resolution;
import io.sightglass.engine.sql.lineage.Lineage;
import io.sightglass.engine.sql.lineage.Lineage.SourceColumn;
import io.sightglass.engine.sql.lineage.LineageReader;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LineageReaderTest {

  private static final Map<String, List<String>> COLUMNS =
      Map.of(
          "claims", List.of("id", "station", "ssn", "zip"),
          "events", List.of("eid", "id", "kind"));

  private static DuckDbParser parser;
  private static Guard guard;
  private static LineageReader reader;

  @BeforeAll
  static void open() {
    parser = DuckDbParser.open(1);
    guard = new Guard(parser, FunctionList.reviewed());
    reader = new LineageReader(parser);
  }

  @AfterAll
  static void close() {
    parser.close();
  }

  @Test
  void aColumnIsUnchangedUnderAnAliasAndNotWhenComputed() {
    assertThat(outputs("SELECT id, station AS st, upper(zip) AS z, zip || ssn FROM raw.b.claims"))
        .containsExactly("id = claims.id", "st = claims.station", "z <- claims.zip");
    assertThat(text(read("SELECT zip || ssn FROM raw.b.claims").unlisted()))
        .isEqualTo("claims.ssn,claims.zip");
  }

  @Test
  void aStarIsExpandedWithExcludeReplaceAndRename() {
    assertThat(outputs("SELECT * EXCLUDE (ssn) REPLACE (left(zip, 3) AS zip) FROM raw.b.claims"))
        .containsExactly("id = claims.id", "station = claims.station", "zip <- claims.zip");
    assertThat(outputs("SELECT c.* RENAME (ssn AS s) FROM raw.b.claims c"))
        .containsExactly(
            "id = claims.id", "station = claims.station", "s = claims.ssn", "zip = claims.zip");
    assertThat(
            outputs("SELECT c.* EXCLUDE (c.id), e.id AS other FROM raw.b.claims c, raw.b.events e"))
        .containsExactly(
            "station = claims.station",
            "ssn = claims.ssn",
            "zip = claims.zip",
            "other = events.id");
  }

  @Test
  void aVaultColumnIsAnotherThanTheRawOneOfItsName() {
    assertThat(
            outputs(
                "SELECT c.* REPLACE (v.ssn AS ssn) FROM raw.b.claims c"
                    + " JOIN vault.b.claims v USING (id)"))
        .containsExactly(
            "id = claims.id",
            "station = claims.station",
            "ssn = vault claims.ssn",
            "zip = claims.zip");
  }

  @Test
  void columnsAreFollowedThroughSubqueriesAndCommonTableExpressions() {
    assertThat(outputs("SELECT * FROM (SELECT station s, zip || id x FROM raw.b.claims) q(a, b)"))
        .containsExactly("a = claims.station", "b <- claims.id,claims.zip");
    assertThat(
            outputs(
                "WITH claims AS (SELECT ssn AS id FROM raw.b.claims), e AS (FROM claims)"
                    + " SELECT e.id FROM e"))
        .containsExactly("id = claims.ssn");
  }

  @Test
  void branchesOfAUnionAreMergedByPositionOrByName() {
    assertThat(
            outputs("SELECT id, zip FROM raw.b.claims UNION ALL SELECT id, kind FROM raw.b.events"))
        .containsExactly("id = claims.id,events.id", "zip = claims.zip,events.kind");
    assertThat(
            outputs("SELECT id, zip FROM raw.b.claims UNION ALL SELECT id, 'x' FROM raw.b.events"))
        .containsExactly("id = claims.id,events.id", "zip <- claims.zip");
    assertThat(
            outputs(
                "SELECT zip FROM raw.b.claims UNION ALL BY NAME SELECT id, kind zip FROM raw.b.events"))
        .containsExactly("zip = claims.zip,events.kind", "id <- events.id");
  }

  @Test
  void outerJoinsMayPutNullInTheirPlace() {
    assertThat(outputs("SELECT * FROM raw.b.claims LEFT JOIN raw.b.events USING (id)"))
        .containsExactly(
            "id = claims.id",
            "station = claims.station",
            "ssn = claims.ssn",
            "zip = claims.zip",
            "eid <- events.eid",
            "kind <- events.kind");
    assertThat(outputs("SELECT id FROM raw.b.claims FULL JOIN raw.b.events USING (id)"))
        .containsExactly("id <- claims.id,events.id");
    assertThat(outputs("SELECT id, zip FROM raw.b.claims RIGHT JOIN raw.b.events USING (id)"))
        .containsExactly("id = events.id", "zip <- claims.zip");
  }

  @Test
  void filtersJoinsGroupsAndOrdersAreConditions() {
    assertThat(text(read("SELECT id FROM raw.b.claims WHERE zip = '1'").conditions()))
        .isEqualTo("claims.zip");
    assertThat(
            text(
                read("SELECT c.zip FROM raw.b.claims c NATURAL JOIN raw.b.events ORDER BY station")
                    .conditions()))
        .isEqualTo("claims.id,claims.station,events.id");
    assertThat(
            text(
                read("SELECT count(*) AS n FROM raw.b.claims GROUP BY zip HAVING max(ssn) > ''")
                    .conditions()))
        .isEqualTo("claims.ssn,claims.zip");
    assertThat(
            text(
                read("SELECT id FROM (SELECT id, ssn AS s FROM raw.b.claims WHERE zip = '1') WHERE s = ''")
                    .conditions()))
        .isEqualTo("claims.ssn,claims.zip");
  }

  @Test
  void windowsAndGroupsLookAcrossRowsWithinTheirKeys() {
    assertThat(
            crossings("SELECT row_number() OVER (PARTITION BY station, id) AS n FROM raw.b.claims"))
        .containsExactly("window [claims] within claims.id,claims.station");
    assertThat(crossings("SELECT station AS s, count(*) AS n FROM raw.b.claims GROUP BY s"))
        .containsExactly("aggregate [claims] within claims.station");
    assertThat(crossings("SELECT station, count(*) AS n FROM raw.b.claims GROUP BY ALL"))
        .containsExactly("aggregate [claims] within claims.station");
    assertThat(crossings("SELECT upper(station) AS station, count(*) FROM raw.b.claims GROUP BY 1"))
        .containsExactly("aggregate [claims] within ");
    assertThat(crossings("SELECT count(*) AS n FROM raw.b.claims"))
        .containsExactly("aggregate [claims] within ");
    assertThat(crossings("SELECT station, zip FROM raw.b.claims GROUP BY ROLLUP (station, zip)"))
        .containsExactly("aggregate [claims] within ");
    assertThat(crossings("SELECT DISTINCT station, zip FROM raw.b.claims"))
        .containsExactly("distinct [claims] within claims.station,claims.zip");
    assertThat(crossings("SELECT id FROM raw.b.claims LIMIT 3"))
        .containsExactly("limit [claims] within ");
    assertThat(crossings("SELECT id, upper(zip) AS z FROM raw.b.claims WHERE station = '1'"))
        .isEmpty();
  }

  @Test
  void keysAreFollowedThroughEqualitiesOfJoins() {
    assertThat(
            crossings(
                "SELECT count(*) AS n FROM raw.b.claims c JOIN raw.b.events e ON c.id = e.id"
                    + " GROUP BY e.id"))
        .containsExactly("aggregate [claims, events] within claims.id,events.id");
    assertThat(
            crossings(
                "SELECT count(*) AS n FROM raw.b.claims x, raw.b.claims y WHERE x.zip = y.zip"
                    + " GROUP BY x.station"))
        .containsExactly("aggregate [claims] within ");
  }

  @Test
  void twoUsesOfOneTableThatMeetAreAPairWithWhatIsEqual() {
    assertThat(
            read("SELECT x.id FROM raw.b.claims x JOIN raw.b.claims y ON x.station = y.station")
                .pairings()
                .toString())
        .contains("Equality[left=station, right=station]");
    assertThat(
            read("WITH c AS (FROM raw.b.claims) SELECT x.id FROM c x JOIN c y ON x.id = y.zip"
                    + " AND x.station = y.station")
                .pairings()
                .toString())
        .contains("Equality[left=station, right=station]")
        .contains("Equality[left=id, right=zip]");
    assertThat(
            read("SELECT x.id FROM raw.b.claims x JOIN raw.b.claims y ON x.id = y.id OR true")
                .pairings()
                .getFirst()
                .equal())
        .isEmpty();
  }

  @Test
  void aCorrelatedSubqueryLooksOnlyAtTheRowsThatAreEqual() {
    Lineage lineage =
        read(
            "SELECT id, (SELECT max(kind) FROM raw.b.events e WHERE e.id = c.id) AS m"
                + " FROM raw.b.claims c");
    assertThat(text(lineage.outputs().get(1).sources()))
        .isEqualTo("claims.id,events.id,events.kind");
    assertThat(lineage.crossings()).allMatch(one -> text(one.within()).equals("events.id"));
    assertThat(
            crossings(
                "SELECT id FROM raw.b.claims WHERE zip > (SELECT max(zip) FROM raw.b.claims)"))
        .containsExactly("aggregate [claims] within ", "subquery [claims] within ");
  }

  @Test
  void recursionMixesEverything() {
    Lineage lineage =
        read(
            "WITH RECURSIVE r AS (SELECT id, zip FROM raw.b.claims UNION ALL"
                + " SELECT e.eid, r.zip || e.kind FROM r JOIN raw.b.events e USING (id)) FROM r");
    assertThat(lineage.outputs().stream().map(LineageReaderTest::text))
        .containsExactly("id = claims.id,events.eid", "zip <- claims.zip,events.kind");
    assertThat(lineage.crossings()).anyMatch(one -> one.construct().equals("recursion"));
  }

  @Test
  void whatItCannotNameDependsOnEverything() {
    String all = "claims.id,claims.ssn,claims.station,claims.zip";
    assertThat(text(read("SELECT COLUMNS('s.*') AS '\\0x' FROM raw.b.claims").unlisted()))
        .isEqualTo(all);
    assertThat(
            text(
                read("FROM raw.b.claims PIVOT (max(zip) FOR station IN ('1') GROUP BY id)")
                    .unlisted()))
        .isEqualTo(all);
    assertThat(outputs("SELECT claims AS row FROM raw.b.claims")).containsExactly("row <- " + all);
  }

  private static Lineage read(String sql) {
    NameResolver names =
        path ->
            path.size() == 3 && COLUMNS.containsKey(path.getLast())
                ? new Resolution.Found(new QualifiedName(path.get(1), path.get(2)), path)
                : new Resolution.Unknown(List.of());
    String canonical = guard.checkDefinition(sql, names, Macros.NONE).text();
    return reader.read(canonical, path -> COLUMNS.getOrDefault(path.getLast(), List.of()));
  }

  private static List<String> outputs(String sql) {
    return read(sql).outputs().stream().map(LineageReaderTest::text).toList();
  }

  private static List<String> crossings(String sql) {
    return read(sql).crossings().stream()
        .map(one ->
            "%s %s within %s"
                .formatted(
                    one.construct(),
                    one.tables().stream().map(List::getLast).sorted().toList(),
                    text(one.within())))
        .toList();
  }

  private static String text(Lineage.Output output) {
    return output.unchanged().isEmpty()
        ? output.name() + " <- " + text(output.sources())
        : output.name() + " = " + text(output.unchanged());
  }

  private static String text(Collection<SourceColumn> columns) {
    return columns.stream()
        .map(column ->
            (column.table().getFirst().equals("vault") ? "vault " : "")
                + column.table().getLast()
                + "."
                + column.column())
        .sorted()
        .collect(Collectors.joining(","));
  }
}
