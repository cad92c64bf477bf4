package io.sightglass.engine.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.duckdb.ArrowCursor;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.query.OpenStatement.AnswerEnd;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A statement is not run when the engine binds it to something else than the secure views. */
class PlanCheckedTest {

  private static final Principal ANALYST = TestingService.principal("analyst");

  @TempDir Path folder;

  @Test
  void whatIsBoundPastASecureViewIsNotRun() throws IOException {
    try (TestingService testing =
        new TestingService(
            folder, new Admission.Capacity(2, 10, 1_000_000_000), Duration.ofSeconds(60))) {
      assertThat(count(testing)).isEqualTo("2000000");
      openUp(testing.pack().engine(false).current());
      assertThatThrownBy(() -> count(testing))
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL));
    }
  }

  /** As a fault of ours would: the views of every caller as ordinary ones. */
  private static void openUp(DuckDbInstance instance) {
    try (DuckDbSession session = instance.openSession()) {
      List<String> views =
          session.query(
              """
              SELECT format('"{}"."{}"."{}"', database_name, schema_name, view_name)
              FROM duckdb_views() WHERE database_name LIKE 'p\\_%' ESCAPE '\\'
              """,
              List.of(), view -> view.getString(1));
      assertThat(views).isNotEmpty();
      views.forEach(view ->
          session.execute(
              "CREATE OR REPLACE VIEW " + view + " AS SELECT 1 AS claim_id FROM duckdb_tables()"));
    }
  }

  private static String count(TestingService testing) {
    return testing
        .service
        .execute(
            TestingService.request("SELECT count(*) FROM claims"),
            ANALYST,
            statement -> {
              try (ArrowCursor cursor = statement.start(ColumnCasts.NONE, 8)) {
                assertThat(cursor.advance()).isTrue();
                String value = String.valueOf(cursor.batch().getVector(0).getObject(0));
                statement.succeed(new AnswerEnd(1, 1, "crc32c=:x:"));
                return value;
              }
            })
        .opened()
        .join();
  }
}
