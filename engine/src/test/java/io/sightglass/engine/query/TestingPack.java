package io.sightglass.engine.query;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.AccessPolicy;
import io.sightglass.engine.access.ColumnMask;
import io.sightglass.engine.access.Grant;
import io.sightglass.engine.access.Limits;
import io.sightglass.engine.access.Role;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Column.Constraints;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Retention;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.View.Origin;
import io.sightglass.engine.views.View.ViewColumn;
import io.sightglass.engine.views.ViewPack;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A pack of one dataset and two views, made without its files. */
public final class TestingPack {

  private static final QualifiedName CLAIMS = QualifiedName.parse("benefits.claims");
  private static final QualifiedName IDENTIFIED = QualifiedName.parse("benefits.claims_identified");

  private TestingPack() {}

  static ViewPack claims() {
    Map<QualifiedName, View> views = new LinkedHashMap<>();
    List<ViewColumn> columns = new ArrayList<>();
    for (Column column : dataset().columns()) {
      columns.add(viewColumn(column, false));
    }
    views.put(
        CLAIMS,
        view(
            CLAIMS,
            "SELECT claim_id, ssn, station, code, zip FROM raw.benefits.claims",
            false,
            columns));
    views.put(
        IDENTIFIED,
        view(
            IDENTIFIED,
            "SELECT c.claim_id, v.ssn, c.station FROM raw.benefits.claims AS c"
                + " JOIN vault.benefits.claims AS v USING (_row_key)",
            true,
            List.of(
                viewColumn(dataset().columns().get(0), false),
                viewColumn(dataset().columns().get(1), true),
                viewColumn(dataset().columns().get(2), false))));
    return new ViewPack(
        "v1", policy(), List.of(), Map.of(CLAIMS, dataset()), views, Map.of(), Map.of());
  }

  private static View view(
      QualifiedName name, String sql, boolean identified, List<ViewColumn> columns) {
    View.Header header =
        new View.Header(
            "Claims", "one row per claim", Map.of(), List.of(), Set.of(), false, null, null);
    return new View(name, header, sql, sql, identified, columns, Set.of(CLAIMS), null);
  }

  private static ViewColumn viewColumn(Column column, boolean fromVault) {
    Mask mask = fromVault ? null : column.mask();
    return new ViewColumn(
        column.name(),
        fromVault ? column.type().sql() : column.storedType().sql(),
        column.description(),
        column.sensitivity(),
        mask,
        Set.of(new Origin(CLAIMS, column.name(), fromVault, true)));
  }

  private static Dataset dataset() {
    return new Dataset(
        CLAIMS,
        "Claims",
        "Tests",
        "one row per claim",
        Map.of(),
        List.of(new Source("benefits/claims.csv", Source.Format.CSV, Source.CsvDialect.DEFAULT)),
        LoadMode.APPEND,
        List.of(),
        null,
        null,
        List.of(),
        new Expectations(null, null, ZoneOffset.UTC, null, null),
        Retention.FOREVER,
        null,
        null,
        null,
        List.of(
            column("claim_id", Scalar.BIGINT, Sensitivity.NONE, null),
            column("ssn", Scalar.VARCHAR, Sensitivity.DIRECT, Mask.LAST4),
            column("station", Scalar.VARCHAR, Sensitivity.NONE, null),
            column("code", Scalar.VARCHAR, Sensitivity.NONE, null),
            column("zip", Scalar.VARCHAR, Sensitivity.QUASI, null)));
  }

  private static Column column(
      String name, Scalar type, Sensitivity sensitivity, @Nullable Mask mask) {
    return new Column(
        name, type, sensitivity, mask, null, List.of(), TextFormat.DEFAULT, Constraints.NONE, name);
  }

  private static AccessPolicy policy() {
    return new AccessPolicy(
        List.of(
            role("analyst", List.of(), limits(100_000_000, 100L << 30, 60, 50, 50)),
            role("pii_reader", List.of(), limits(100_000_000, 100L << 30, 60, 2, 8)),
            role("station_user", List.of("station"), limits(5000, 100_000, 3, 1, 1))),
        List.of(
            grant("analyst", Set.of(), null, Map.of()),
            grant("pii_reader", Set.of("claims_identified"), null, Map.of()),
            grant(
                "station_user",
                Set.of("claims"),
                "station = attribute('station')",
                Map.of("zip", new ColumnMask("zip", "prefix3", null)))));
  }

  private static Limits limits(long rows, long bytes, long seconds, int concurrent, int queued) {
    return new Limits(rows, bytes, Duration.ofSeconds(seconds), concurrent, queued, 10_000_000, 0);
  }

  private static Role role(String name, List<String> attributes, Limits limits) {
    return new Role(name, name, attributes, Set.of(), limits);
  }

  private static Grant grant(
      String role, Set<String> views, @Nullable String filter, Map<String, ColumnMask> masks) {
    return new Grant(role, "benefits", views, filter, Set.of(), masks, null, Map.of());
  }
}
