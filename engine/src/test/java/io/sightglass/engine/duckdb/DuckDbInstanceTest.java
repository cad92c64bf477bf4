package io.sightglass.engine.duckdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DuckDbInstanceTest {

  @TempDir Path folder;
  private DuckDbInstance instance;

  @BeforeEach
  void open() throws IOException {
    Files.createDirectories(folder.resolve("data"));
    Files.createDirectories(folder.resolve("data2"));
    Files.writeString(folder.resolve("data/in.csv"), "a\n1\n");
    Files.writeString(folder.resolve("data2/secret.csv"), "a\n2\n");
    Files.writeString(folder.resolve("secret.csv"), "a\n3\n");
    instance = DuckDbInstance.open(settings(folder), List.of("CREATE TABLE t AS SELECT 42 AS a"));
  }

  @AfterEach
  void close() {
    instance.retire();
  }

  static DuckDbSettings settings(Path folder) {
    return new DuckDbSettings(
        "ordinary",
        List.of(folder.resolve("data")),
        folder.resolve("spill"),
        100_000_000,
        500_000_000,
        2,
        Duration.ofMinutes(1));
  }

  private static List<String> texts(DuckDbSession session, String sql) {
    return session.query(sql, List.of(), row -> row.getString(1));
  }

  @Test
  void sessionsSeeTheDefinitionsAndTheAllowedFolder() {
    try (DuckDbSession session = instance.openSession()) {
      assertThat(texts(session, "SELECT a FROM t")).containsExactly("42");
      assertThat(texts(session, "SELECT a FROM '%s/data/in.csv'".formatted(folder)))
          .containsExactly("1");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM '%s/secret.csv'",
        "SELECT * FROM '%s/data2/secret.csv'",
        "SELECT * FROM '%s/data/../secret.csv'",
        "SELECT * FROM '%s/data/../data2/secret.csv'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO '%s/out.csv'",
        "ATTACH '%s/other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET allowed_directories = ['/']",
        "SET memory_limit = '1TB'",
        "SET threads = 64",
        "SET TimeZone = 'America/New_York'",
        "RESET memory_limit",
        "SET temp_directory = '/tmp'",
        "CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')"
      })
  void nothingElseIsOpenedAndNothingIsUnlocked(String sql) {
    try (DuckDbSession session = instance.openSession()) {
      assertThatThrownBy(() -> session.execute(sql.formatted(folder)))
          .isInstanceOf(EngineException.class)
          .hasMessageNotContaining(folder.toString())
          .hasMessageNotContaining("secret");
    }
  }

  @Test
  void sessionsRunInUtcWhateverTheMachineSays() {
    try (DuckDbSession session = instance.openStreamingSession();
        DuckDbSession plain = instance.openSession()) {
      assertThat(texts(session, "SELECT current_setting('TimeZone')")).containsExactly("UTC");
      assertThat(texts(plain, "SELECT current_setting('TimeZone')")).containsExactly("UTC");
    }
  }

  @Test
  void variablesBelongToOneSession() {
    try (DuckDbSession one = instance.openStreamingSession();
        DuckDbSession other = instance.openStreamingSession()) {
      one.setVariable("attr_x", "it's; \"quoted\"");
      one.setVariable("attrs_x", List.of("a", "b'c"));
      one.setVariable("attrs_y", List.of());
      other.setVariable("attr_x", (String) null);
      assertThat(texts(one, "SELECT getvariable('attr_x')")).containsExactly("it's; \"quoted\"");
      assertThat(texts(one, "SELECT getvariable('attrs_x')[2]")).containsExactly("b'c");
      assertThat(texts(one, "SELECT typeof(getvariable('attrs_y'))")).containsExactly("VARCHAR[]");
      assertThat(texts(other, "SELECT typeof(getvariable('attr_x'))")).containsExactly("VARCHAR");
    }
  }

  @Test
  void aRetiredInstanceClosesWithItsLastSessionAndLeavesNoFile() throws IOException {
    DuckDbSession session = instance.openSession();
    instance.retire();
    assertThat(texts(session, "SELECT a FROM t")).containsExactly("42");
    assertThatThrownBy(instance::openSession)
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
    session.close();
    session.close();
    assertThat(instance.openSessions()).isZero();
    try (Stream<Path> left = Files.list(folder.resolve("spill"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aSlotReplacesACondemnedInstanceAndLetsOpenSessionsEnd() {
    InstanceSlot slot = new InstanceSlot(() -> DuckDbInstance.open(settings(folder), List.of()));
    DuckDbInstance first = slot.current();
    try (DuckDbSession session = first.openSession()) {
      first.condemn("a test");
      assertThat(texts(session, "SELECT 1")).containsExactly("1");
      assertThat(slot.current()).isNotSameAs(first);
    }
    assertThat(slot.replacements()).isEqualTo(1);
    slot.retire();
    assertThatThrownBy(slot::current).isInstanceOf(EngineException.class);
  }

  @Test
  void intermediateResultsStayWithinTheirLimit() {
    try (DuckDbSession session = instance.openSession()) {
      assertThatThrownBy(() ->
              session.execute(
                  "CREATE TEMP TABLE big AS SELECT hash(i) AS a, hash(i + 1) AS b, uuid() AS c"
                      + " FROM range(200000000) t(i)"))
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> assertThat(e.code()).isIn(ErrorCode.SPILL_LIMIT, ErrorCode.MEMORY_LIMIT));
    }
  }
}
