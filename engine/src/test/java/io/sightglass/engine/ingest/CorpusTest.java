package io.sightglass.engine.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.ingest.ledger.Load;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * Loads every dirty or hostile file of the corpus and compares what became of it. What came out
 * lies in {@code target/corpus}, in the form of the cases.
 */
class CorpusTest {

  private static final Path CORPUS = Path.of("src/test/resources/corpus");
  private static final Path ACTUAL = Path.of("target/corpus");

  /** Nearly every value of the corpus holds it, so that a leak can be seen. */
  private static final String CANARY = "CNRY";

  private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.sightglass");
  private static final ListAppender<ILoggingEvent> LOGGED = new ListAppender<>();

  @TempDir static Path folder;

  @SuppressWarnings("NullAway.Init")
  private static TestingLoads loads;

  @SuppressWarnings("NullAway.Init")
  private static Connection reader;

  @BeforeAll
  static void open() throws SQLException {
    reader = DriverManager.getConnection(TestingLoads.ROWS_READER, new Properties());
    loads = new TestingLoads(folder, new TestingDataset("corpus.none").build());
    LOGGED.start();
    LOG.addAppender(LOGGED);
    LOG.setAdditive(false);
    LOG.setLevel(Level.INFO);
  }

  @AfterAll
  static void close() throws SQLException {
    reader.close();
    LOG.detachAppender(LOGGED);
    LOG.setAdditive(true);
    LOG.setLevel(null);
    loads.close();
  }

  static List<CorpusCase> cases() throws IOException {
    return files().stream().map(CorpusCase::read).toList();
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(CORPUS)) {
      return files.filter(file -> file.toString().endsWith(".case")).sorted().toList();
    }
  }

  @Test
  void theCorpusIsLargeAndOfEveryFormat() throws IOException {
    assertThat(files()).hasSizeGreaterThan(180);
    for (String format : List.of("csv", "ndjson", "avro", "parquet", "packed")) {
      assertThat(files())
          .filteredOn(file -> file.startsWith(CORPUS.resolve(format)))
          .hasSizeGreaterThan(14);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyFileBecomesWhatItsCaseSays(CorpusCase of) throws IOException {
    loads.define(of.dataset());
    List<String> actual = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    try {
      for (CorpusCase.Delivered delivered : of.deliveries()) {
        deliver(delivered);
        Load load = loads.loadOne();
        CorpusOutcome outcome = new CorpusOutcome(loads, of.dataset(), load);
        List<String> lines = outcome.lines();
        actual.add("== outcome of " + delivered.key());
        actual.addAll(lines);
        expected.add("== outcome of " + delivered.key());
        expected.addAll(delivered.outcome());
        CorpusPositions.check(of.dataset(), delivered, outcome.rejects());
        assertNothingLeaks(load);
        assertThat(folder.resolve("vault/staging"))
            .satisfiesAnyOf(
                staging -> assertThat(staging).doesNotExist(),
                staging -> assertThat(staging).isEmptyDirectory());
      }
    } finally {
      keep(of, actual);
      empty(folder.resolve("landing"));
    }
    assertThat(actual).as(of.file().toString()).isEqualTo(expected);
  }

  private static void deliver(CorpusCase.Delivered delivered) throws IOException {
    Path whole = folder.resolve("delivered");
    try (var out = Files.newOutputStream(whole)) {
      for (CorpusFile part : delivered.parts()) {
        try (InputStream stored = part.stored()) {
          stored.transferTo(out);
        }
      }
    }
    loads.deliver(delivered.key(), new byte[0]);
    Path landed = folder.resolve("landing").resolve(delivered.key());
    var modified = Files.getLastModifiedTime(landed);
    Files.move(whole, landed, StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(landed, modified);
  }

  /** No value of a row stands where people without the permission read. */
  private static void assertNothingLeaks(Load load) {
    assertThat(load.toString()).doesNotContain(CANARY);
    assertThat(loads.alerts.list(100, null).items().stream().map(Alert::toString))
        .noneMatch(alert -> alert.contains(CANARY));
    assertThat(LOGGED.list).noneMatch(event -> text(event).contains(CANARY));
    LOGGED.list.clear();
  }

  private static String text(ILoggingEvent event) {
    StringBuilder text = new StringBuilder(event.getFormattedMessage());
    for (var thrown = event.getThrowableProxy(); thrown != null; thrown = thrown.getCause()) {
      text.append(thrown.getMessage());
    }
    return text.toString();
  }

  private static void keep(CorpusCase of, List<String> actual) throws IOException {
    Path file = ACTUAL.resolve(of.name() + ".case");
    Files.createDirectories(file.getParent());
    Files.write(file, actual);
  }

  private static void empty(Path landing) throws IOException {
    try (Stream<Path> files = Files.walk(landing)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
  }
}
