package io.sightglass.web.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.ingest.maintenance.MaintenanceService;
import io.sightglass.engine.query.AsOf;
import io.sightglass.engine.query.Catalogue;
import io.sightglass.engine.query.Parameters;
import io.sightglass.engine.query.RunningStatement;
import io.sightglass.engine.query.StatementRequest;
import io.sightglass.engine.query.ViewSnapshot;
import io.sightglass.engine.result.Chunk;
import io.sightglass.engine.result.ResultEncoders;
import io.sightglass.engine.result.ResultFormat;
import io.sightglass.engine.result.ResultStream;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.views.CallerPolicy;
import io.sightglass.engine.views.ResultProtection;
import io.sightglass.engine.views.ViewPack;
import io.sightglass.web.Eventually;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Views whose result is stored: made on load and by the clock, kept when it cannot be made. */
class MaterializedViewsTest {

  private static final QualifiedName CALLS = QualifiedName.parse("centre.calls");
  private static final Principal ANALYST = new Principal("ada", List.of("analyst"), Map.of());
  private static final Principal CLERK =
      new Principal("bob", List.of("clerk"), Map.of("office", List.of("north")));

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // Each test opens it.
  private Engine engine;

  private Instant now = Instant.parse("2026-04-01T04:00:00Z");

  @BeforeEach
  void writePack() throws IOException {
    write(
        "roles.yaml",
        """
        roles:
          analyst:
            description: Sees everything
            limits: {rows: 1000, bytes: 1 GB, seconds: 60, concurrent: 2, queued: 8, memory: 256 MB, kept: 1}
          clerk:
            description: Sees one office
            attributes: [office]
            limits: {rows: 1000, bytes: 1 GB, seconds: 60, concurrent: 2, queued: 8, memory: 256 MB, kept: 1}
        """);
    write(
        "centre/calls.yaml",
        """
        description: Calls
        owner: Call centre
        grain: one row per call
        source: {path: "centre/calls_%Y-%m-%d.csv", format: csv}
        load: replace_date
        columns:
          - {name: call_id, type: BIGINT, sensitivity: none, description: Identifier}
          - {name: office, type: VARCHAR, sensitivity: none, description: Office}
          - {name: minutes, type: VARCHAR, sensitivity: none, description: How long}
        """);
    // Called like the dataset: their tables must not be one.
    view("calls", "on_load", "sum(CAST(minutes AS INTEGER))");
    write(
        "centre/busy.sql",
        """
        /*
        description: Busy offices
        grain: one row per office
        */
        SELECT office, minutes FROM centre.calls WHERE minutes > 10
        """);
    write(
        "centre/grants.yaml",
        """
        analyst:
          - views: ["*"]
        clerk:
          - views: [calls]
            filter: "office = attribute('office')"
            unfiltered: "rows are offices"
        """);
  }

  private void view(String name, String refresh, String minutes) throws IOException {
    write(
        "centre/" + name + ".sql",
        """
        /*
        description: Minutes by office and day
        grain: one row per office and day
        materialize: {refresh: "%s", partition: [identity(office)]}
        */
        SELECT office, _file_date AS day, %s AS minutes, list(call_id ORDER BY call_id) AS calls
        FROM raw.centre.calls
        GROUP BY ALL
        """
            .formatted(refresh, minutes));
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve("views").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void deliver(String day, String... lines) throws IOException {
    Path file = folder.resolve("landing/centre/calls_%s.csv".formatted(day));
    Files.createDirectories(file.getParent());
    Files.writeString(file, "call_id,office,minutes\n" + String.join("\n", lines) + "\n");
  }

  private void open() {
    engine = Engine.open(TestingSettings.in(folder), () -> now);
  }

  private int load() {
    engine.loads().scan();
    engine.loads().runDue();
    return engine.refreshes().runDue();
  }

  @AfterEach
  void close() {
    if (engine != null) {
      engine.close();
    }
  }

  @Test
  void isEmptyBeforeTheFirstLoadAndUpToDateAfterEach() throws IOException {
    open();
    assertThat(ask(ANALYST, "SELECT count(*) AS n FROM centre.calls")).isEqualTo("n\n0\n");
    deliver("2026-03-30", "1,north,7", "2,south,20");
    assertThat(load()).isEqualTo(1);
    assertThat(ask(ANALYST, "SELECT * FROM centre.calls ORDER BY ALL"))
        .isEqualTo(
            """
            office,day,minutes,calls
            north,2026-03-30,7,[1]
            south,2026-03-30,20,[2]
            """);
    assertThat(ask(ANALYST, "SELECT * FROM centre.busy")).isEqualTo("office,minutes\nsouth,20\n");
    deliver("2026-03-31", "3,north,5");
    assertThat(load()).isEqualTo(1);
    assertThat(ask(ANALYST, "SELECT sum(minutes) AS s FROM centre.calls WHERE office = 'north'"))
        .isEqualTo("s\n12\n");
    assertThat(engine.refreshes().runDue()).as("nothing new").isZero();
  }

  @Test
  void rowsThatAreOlderThanIsKeptGoFromItToo() throws IOException {
    Path contract = folder.resolve("views/centre/calls.yaml");
    Files.writeString(contract, "retention: {rows: 30 days}\n", StandardOpenOption.APPEND);
    now = Instant.parse("2026-03-31T12:00:00Z");
    open();
    deliver("2026-03-30", "1,north,7");
    deliver("2026-03-31", "2,north,5");
    load();
    now = Instant.parse("2026-04-30T00:00:00Z");
    List<String> told = new ArrayList<>();
    upkeep(maintenance -> maintenance.removeOutdated(null, done -> told.add(done.toString())));
    assertThat(told).hasSize(1);
    assertThat(engine.refreshes().runDue()).isEqualTo(1);
    assertThat(ask(ANALYST, "SELECT day, minutes FROM centre.calls"))
        .isEqualTo("day,minutes\n2026-03-31,5\n");
  }

  /** The dataset keeps its states for ever, and its result with them. */
  @Test
  void whatItShowedBeforeAColumnWasProtectedIsForgotten() throws IOException {
    view("calls", "on_load", "max(minutes)");
    Files.delete(folder.resolve("views/centre/busy.sql"));
    open();
    deliver("2026-03-30", "1,north,CNRYlong");
    load();
    deliver("2026-03-31", "2,north,CNRYshort");
    load();
    Path contract = folder.resolve("views/centre/calls.yaml");
    Files.writeString(
        contract,
        Files.readString(contract)
            .replace(
                "minutes, type: VARCHAR, sensitivity: none",
                "minutes, type: VARCHAR, sensitivity: direct, mask: redact"));
    engine.refreshViews();
    engine.refreshViews();
    now = Instant.now().plus(Duration.ofDays(1));
    upkeep(maintenance -> maintenance.expire(null, done -> {}));
    assertThat(results()).as("states that show the values").hasSizeGreaterThan(1);

    upkeep(maintenance -> maintenance.rebuild(null, done -> {}));
    upkeep(maintenance -> maintenance.expire(null, done -> {}));
    engine.refreshes().runDue();
    assertThat(ask(ANALYST, "SELECT DISTINCT minutes FROM centre.calls"))
        .isEqualTo("minutes\n[redacted]\n");
    deliver("2026-04-01", "3,north,CNRYnew");
    load();
    PairSnapshot newest = newest();
    assertThat(results()).as("one shows them still").hasSize(3);

    now = now.plus(Duration.ofDays(1));
    upkeep(maintenance -> maintenance.expire(null, done -> {}));
    assertThat(results()).as("both of the protected values stay").hasSize(2).contains(newest);
    upkeep(maintenance -> maintenance.expire(null, done -> {}));
    assertThat(results()).hasSize(2);
  }

  @Test
  void whatItShowedBeforeAColumnWasProtectedIsNotReadFromTheChangeOn() throws IOException {
    write(
        "centre/offices.sql",
        """
        /*
        description: Offices
        grain: one row per office
        materialize: {refresh: on_load}
        */
        SELECT DISTINCT office FROM raw.centre.calls
        """);
    open();
    deliver("2026-03-30", "1,north,20");
    assertThat(load()).isEqualTo(2);
    protectMinutes();
    assertMinutesAreRefused("until it is made anew");
    assertThat(ask(ANALYST, "SELECT * FROM centre.offices"))
        .as("made of other columns")
        .isEqualTo("office\nnorth\n");
    upkeep(maintenance -> maintenance.rebuild(null, done -> {}));
    assertMinutesAreRefused("until it is made anew of the rebuilt values");
    engine.refreshes().runDue();
    assertThat(engine.alerts().find("refresh-failed:centre.calls")).as("no number").isPresent();
    assertMinutesAreRefused("as long as that fails");
    view("calls", "on_load", "CAST(length(max(minutes)) AS INTEGER)");
    engine.refreshViews();
    engine.refreshViews();
    engine.refreshes().runDue();
    assertThat(ask(ANALYST, "SELECT minutes FROM centre.calls")).isEqualTo("minutes\n10\n");
    assertThat(ask(ANALYST, "SELECT * FROM centre.busy")).isEqualTo("office,minutes\n");
  }

  @Test
  void whatIsMadeWhileAColumnWaitsForItsRebuildShowsNothingOfIt() throws IOException {
    view("calls", "on_load", "max(length(minutes))");
    open();
    deliver("2026-03-30", "1,north,20");
    load();
    protectMinutes();
    assertThat(engine.refreshes().runDue()).isEqualTo(1);
    assertThat(ask(ANALYST, "SELECT minutes FROM centre.calls")).isEqualTo("minutes\n\n");
    upkeep(maintenance -> maintenance.rebuild(null, done -> {}));
    assertThat(ask(ANALYST, "SELECT minutes FROM centre.calls")).isEqualTo("minutes\n\n");
    assertThat(engine.refreshes().runDue()).isEqualTo(1);
    assertThat(ask(ANALYST, "SELECT minutes FROM centre.calls")).isEqualTo("minutes\n10\n");
  }

  @Test
  void aResultOfBeforeThisWasNotedIsReadWhileItsColumnsComeFromTheSame() throws IOException {
    open();
    deliver("2026-03-30", "1,north,20");
    load();
    Map<String, String> summary = new HashMap<>(newest().summary());
    assertThat(summary.remove("sightglass.protection")).isNotEmpty();
    assertThat(isOfToday(summary)).isTrue();
    protectMinutes();
    assertThat(isOfToday(summary)).isFalse();
  }

  private boolean isOfToday(Map<String, String> summary) {
    ViewPack pack = engine.pack();
    return ResultProtection.isOfToday(
        pack, Objects.requireNonNull(pack.views().get(CALLS)), summary);
  }

  /** Under another name it may be protected, and the view may call it as before. */
  @Test
  void whatShowsAColumnThatHasGoneIsNotRead() throws IOException {
    open();
    deliver("2026-03-30", "1,north,20");
    load();
    Path contract = folder.resolve("views/centre/calls.yaml");
    Files.writeString(
        contract,
        Files.readString(contract)
            .replace(
                "{name: minutes, type: VARCHAR, sensitivity: none",
                "{name: duration, from: minutes, type: VARCHAR, sensitivity: direct, mask: redact"));
    view("calls", "on_load", "max(length(duration))");
    engine.refreshViews();
    engine.refreshViews();
    assertMinutesAreRefused("it is another column by now");
  }

  private void protectMinutes() throws IOException {
    Path contract = folder.resolve("views/centre/calls.yaml");
    Files.writeString(
        contract,
        Files.readString(contract)
            .replace(
                "minutes, type: VARCHAR, sensitivity: none",
                "minutes, type: VARCHAR, sensitivity: direct, mask: redact"));
    engine.refreshViews();
    engine.refreshViews();
  }

  private void assertMinutesAreRefused(String when) {
    for (String view : List.of("centre.calls", "centre.busy")) {
      assertThatThrownBy(() -> ask(ANALYST, "SELECT count(*) AS n FROM " + view))
          .as("%s %s", view, when)
          .hasCauseInstanceOf(EngineException.class)
          .hasMessageContaining("before the protection of a column");
    }
  }

  private List<PairSnapshot> results() {
    return engine.findResult(CALLS).orElseThrow().history();
  }

  private void upkeep(Consumer<MaintenanceService> work) {
    try (Upkeep upkeep = Upkeep.open(TestingSettings.in(folder), () -> now)) {
      work.accept(upkeep.maintenance(Duration.ofDays(1)));
    }
  }

  @Test
  void filesThatAreCompactedAreNoNewInput() throws IOException {
    open();
    for (int day = 1; day <= 4; day++) {
      deliver("2026-03-0" + day, day + ",north,7");
    }
    load();
    for (int times = 1; times <= 2; times++) {
      List<String> told = new ArrayList<>();
      upkeep(maintenance -> maintenance.compact(null, done -> told.add(done.toString())));
      assertThat(told).as("compaction %d", times).isNotEmpty();
      assertThat(engine.refreshes().runDue()).isZero();
      for (int day = 1; day <= 4; day++) {
        deliver("2026-03-%d%d".formatted(times, day), day + ",north,7");
      }
      assertThat(load()).isEqualTo(1);
    }
    assertThat(ask(ANALYST, "SELECT sum(minutes) AS m FROM centre.calls")).isEqualTo("m\n84\n");
  }

  @Test
  @Timeout(60)
  void whoStopsDoesNotWaitForALongRefreshWhichIsMadeLater() throws Exception {
    open();
    deliver(
        "2026-03-30",
        LongStream.range(0, 300_000).mapToObj(call -> call + ",north,1").toArray(String[]::new));
    engine.loads().scan();
    engine.loads().runDue();
    String slow =
        "(SELECT sum(a.call_id * b.call_id % 7) FROM raw.centre.calls a, raw.centre.calls b)";
    view("calls", "on_load", slow);
    engine.refreshViews();
    engine.refreshViews();
    CompletableFuture<Integer> made = CompletableFuture.supplyAsync(engine.refreshes()::runDue);
    Eventually.within(
        Duration.ofSeconds(30), "a refresh", () -> !isEmpty(folder.resolve("data/vault/refresh")));
    engine.close();
    assertThat(made.get()).isZero();
    view("calls", "on_load", "sum(CAST(minutes AS INTEGER))");
    open();
    assertThat(engine.alerts().find("refresh-failed:centre.calls")).isEmpty();
    assertThat(engine.refreshes().runDue()).isEqualTo(1);
  }

  @Test
  void itsColumnsHaveTheTypesOfItsDefinition() throws IOException {
    open();
    deliver("2026-03-30", "1,north,7");
    load();
    assertThat(ask(ANALYST, "SELECT typeof(minutes) AS m, typeof(calls) AS c FROM centre.calls"))
        .isEqualTo("m,c\nHUGEINT,BIGINT[]\n");
  }

  @Test
  void grantsApplyToItAsToAnyView() throws IOException {
    open();
    deliver("2026-03-30", "1,north,7", "2,south,20");
    load();
    assertThat(ask(CLERK, "SELECT office FROM centre.calls")).isEqualTo("office\nnorth\n");
  }

  @Test
  void severalLoadsShareOneRefreshWhichNamesItsInputs() throws IOException {
    open();
    deliver("2026-03-29", "1,north,7");
    deliver("2026-03-30", "2,north,7");
    deliver("2026-03-31", "3,north,7");
    assertThat(load()).isEqualTo(1);
    List<PairSnapshot> history = engine.findResult(CALLS).orElseThrow().history();
    assertThat(history).hasSize(1);
    String input = engine.findTable(CALLS).orElseThrow().findCurrent().orElseThrow().id() + "";
    assertThat(history.getFirst().summary()).containsEntry("sightglass.input.centre.calls", input);
    assertThat(history.getFirst().rowCount()).isEqualTo(3);
  }

  @Test
  void aFailureIsAnAlertLeavesTheLastGoodResultAndIsForgottenWhenItIsCured() throws IOException {
    open();
    deliver("2026-03-30", "1,north,7");
    load();
    deliver("2026-03-31", "2,north,long");
    assertThat(load()).isZero();
    assertThat(ask(ANALYST, "SELECT minutes FROM centre.calls")).isEqualTo("minutes\n7\n");
    Alert alert = engine.alerts().find("refresh-failed:centre.calls").orElseThrow();
    assertThat(alert.state()).isEqualTo(Alert.State.OPEN);
    assertThat(alert.detail()).startsWith("CAST_FAILED").doesNotContain("long");
    assertThat(engine.refreshes().runDue()).as("not tried again at once").isZero();
    deliver("2026-03-31", "2,north,8");
    assertThat(load()).isEqualTo(1);
    assertThat(ask(ANALYST, "SELECT sum(minutes) AS m FROM centre.calls")).isEqualTo("m\n15\n");
    assertThat(engine.alerts().find("refresh-failed:centre.calls").orElseThrow().state())
        .isEqualTo(Alert.State.RESOLVED);
  }

  @Test
  void aDailyOneWaitsForItsTime() throws IOException {
    view("calls", "daily 05:00", "sum(CAST(minutes AS INTEGER))");
    open();
    deliver("2026-03-30", "1,north,7");
    assertThat(load()).as("the first one").isEqualTo(1);
    deliver("2026-03-31", "2,north,8");
    assertThat(load()).isZero();
    now = Instant.parse("2026-04-01T04:59:59Z");
    assertThat(engine.refreshes().runDue()).isZero();
    now = Instant.parse("2026-04-01T05:00:00Z");
    assertThat(engine.refreshes().runDue()).isEqualTo(1);
    assertThat(ask(ANALYST, "SELECT sum(minutes) AS m FROM centre.calls")).isEqualTo("m\n15\n");
    now = Instant.parse("2026-04-02T04:00:00Z");
    assertThat(engine.refreshes().runDue()).isZero();
  }

  @Test
  void aChangedDefinitionIsMadeAnewAndSoIsItAfterARestart() throws IOException {
    open();
    deliver("2026-03-30", "1,north,7");
    load();
    view("calls", "on_load", "CAST(sum(CAST(minutes AS INTEGER)) * 2 AS BIGINT)");
    engine.refreshViews();
    engine.refreshViews();
    assertThat(engine.refreshes().runDue()).isEqualTo(1);
    assertThat(ask(ANALYST, "SELECT minutes FROM centre.calls")).isEqualTo("minutes\n14\n");
    engine.close();
    open();
    assertThat(engine.refreshes().runDue()).as("nothing has changed").isZero();
    assertThat(ask(ANALYST, "SELECT minutes FROM centre.calls")).isEqualTo("minutes\n14\n");
  }

  @Test
  void whatLosesAllItsRowsIsEmpty() throws IOException {
    open();
    deliver("2026-03-30", "1,north,7");
    load();
    Files.writeString(
        folder.resolve("landing/centre/calls_2026-03-30.csv"), "call_id,office,minutes\n");
    load();
    assertThat(ask(ANALYST, "SELECT count(*) AS n FROM centre.calls")).isEqualTo("n\n0\n");
  }

  @Test
  void itsStatesStayReadableWhileItsColumnsComeFromTheSame() throws IOException {
    open();
    deliver("2026-03-30", "1,north,7");
    load();
    AsOf first = new AsOf.Snapshots(Map.of("centre.calls", newest().id()));
    // Another expression over the same columns, and a column more.
    view("calls", "on_load", "1 AS one, sum(CAST(minutes AS INTEGER) + 1)");
    reload();
    assertThat(ask(ANALYST, "SELECT one, minutes FROM centre.calls"))
        .isEqualTo("one,minutes\n1,8\n");
    assertThat(ask(ANALYST, "SELECT one, minutes FROM centre.calls", first))
        .isEqualTo("one,minutes\n,7\n");
    assertThat(ask(CLERK, "SELECT minutes FROM centre.calls", first)).isEqualTo("minutes\n7\n");
  }

  /** Today's policy is checked against what columns come from today. */
  @Test
  void aStateWhoseColumnsCameFromElsewhereIsNotRead() throws IOException {
    open();
    deliver("2026-03-30", "1,north,7");
    load();
    PairSnapshot made = newest();
    view("calls", "on_load", "count(DISTINCT call_id)");
    reload();
    assertThat(ask(ANALYST, "SELECT minutes FROM centre.calls")).isEqualTo("minutes\n1\n");
    for (AsOf asOf :
        List.of(
            new AsOf.Snapshots(Map.of("centre.calls", made.id())),
            new AsOf.At(made.committedAt()))) {
      assertThatThrownBy(() -> ask(ANALYST, "SELECT minutes FROM centre.calls", asOf))
          .hasCauseInstanceOf(EngineException.class)
          .hasMessageContaining("made of other columns");
    }
    Catalogue catalogue = engine.catalogue();
    ViewPack pack = engine.pack();
    CallerPolicy policy = engine.policies().compile(pack, ANALYST);
    assertThat(catalogue.findSnapshots(pack, policy, CALLS).orElseThrow())
        .extracting(ViewSnapshot::id)
        .containsExactly(newest().id());
  }

  @Test
  void aNameOfTwoTablesThatAreBothReadIsAmbiguous() throws IOException {
    write(
        "centre/all_calls.sql",
        """
        /*
        description: All calls
        grain: one row per call
        */
        SELECT call_id FROM raw.centre.calls
        """);
    open();
    deliver("2026-03-30", "1,north,7");
    load();
    String both = "SELECT count(*) AS n FROM centre.calls, centre.all_calls";
    assertThatThrownBy(
            () -> ask(ANALYST, both, new AsOf.Snapshots(Map.of("centre.calls", newest().id()))))
        .hasMessageContaining("is a dataset and the result of a view");
    assertThat(ask(ANALYST, both, new AsOf.At(newest().committedAt()))).isEqualTo("n\n1\n");
  }

  @Test
  void beforeTheFirstResultThereIsNoState() throws IOException {
    open();
    assertThatThrownBy(() -> ask(ANALYST, "SELECT 1 FROM centre.calls", new AsOf.At(Instant.MAX)))
        .hasMessageContaining("nothing has been loaded into centre.calls yet");
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> within = Files.exists(folder) ? Files.list(folder) : Stream.empty()) {
      return within.findAny().isEmpty();
    }
  }

  private PairSnapshot newest() {
    return engine.findResult(CALLS).orElseThrow().findCurrent().orElseThrow();
  }

  private void reload() {
    engine.refreshViews();
    engine.refreshViews();
    assertThat(engine.refreshes().runDue()).isEqualTo(1);
  }

  private String ask(Principal who, String sql) {
    return ask(who, sql, AsOf.newest());
  }

  private String ask(Principal who, String sql, AsOf asOf) {
    RunningStatement<ResultStream> statement =
        engine
            .statements()
            .execute(
                new StatementRequest(
                    sql, Parameters.NONE, null, OptionalLong.empty(), null, "csv", asOf),
                who,
                ResultEncoders.of(ResultFormat.CSV));
    ResultStream stream = statement.opened().join();
    return CompletableFuture.supplyAsync(() -> read(stream), statement.executor()).join();
  }

  private static String read(ResultStream stream) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (stream) {
      for (Chunk chunk = stream.next(); chunk != null; chunk = stream.next()) {
        for (ByteBuffer buffer : chunk.buffers()) {
          byte[] part = new byte[buffer.remaining()];
          buffer.duplicate().get(part);
          bytes.writeBytes(part);
        }
        chunk.release();
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
