package io.sightglass.engine.duckdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DuckDbParserTest {

  @Test
  void writesBackWhatItHasParsed() {
    try (DuckDbParser parser = DuckDbParser.open(1)) {
      JsonNode tree = parser.parse("select a, count(*) from b group by 1");
      assertThat(parser.render(tree)).isEqualTo("SELECT a, count_star() FROM b GROUP BY 1");
      assertThat(parser.renderAndParse(tree).tree().at("/statements/0/node/type").asText())
          .isEqualTo("SELECT_NODE");
    }
  }

  @Test
  void saysWhereTheSyntaxIsWrongInCharacters() {
    try (DuckDbParser parser = DuckDbParser.open(1)) {
      EngineException error =
          catchThrowableOfType(EngineException.class, () -> parser.parse("select 'é'\n, 'ü' 1"));
      assertThat(error.code()).isEqualTo(ErrorCode.SYNTAX_ERROR);
      assertThat(error.detail()).isEqualTo("Syntax error at or near \"1\"");
      assertThat(error.position()).contains(new Position(2, 7));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"copy (select 1) to 'x.csv'", "pivot a on b using count(*)", "set x = 1"})
  void whatIsNoSelectIsNotAllowed(String sql) {
    try (DuckDbParser parser = DuckDbParser.open(1)) {
      EngineException error = catchThrowableOfType(EngineException.class, () -> parser.parse(sql));
      assertThat(error.code()).isEqualTo(ErrorCode.NOT_ALLOWED);
    }
  }

  @Test
  void aFailureSpoilsNothingForTheNextText() {
    try (DuckDbParser parser = DuckDbParser.open(1)) {
      JsonNode nonsense = JsonNodeFactory.instance.objectNode().put("no", "tree");
      for (int round = 0; round < 3; round++) {
        assertThatThrownBy(() -> parser.render(nonsense)).isInstanceOf(EngineException.class);
        assertThat(parser.parse("select 1").path("error").asBoolean()).isFalse();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "upper(|'a'|)",
        "(|1|)",
        "[|1|]",
        "{a: |1|}",
        "exists(select |1|)",
        "case when |1| then 1 end"
      })
  void nestedTextDoesNotHarmTheProcess(String shape) {
    List<String> parts = List.of(shape.split("\\|", -1));
    try (DuckDbParser parser = DuckDbParser.open(1)) {
      for (int depth : new int[] {100, 240, 390}) {
        String sql =
            "select " + parts.get(0).repeat(depth) + parts.get(1) + parts.get(2).repeat(depth);
        try {
          assertThat(parser.parse(sql).path("error").asBoolean()).isFalse();
        } catch (EngineException e) {
          assertThat(e.code()).isIn(ErrorCode.NOT_ALLOWED, ErrorCode.SYNTAX_ERROR);
        }
      }
    }
  }

  @Test
  void servesManyThreadsAtOnce() throws Exception {
    try (DuckDbParser parser = DuckDbParser.open(2);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<String>> work = new ArrayList<>();
      for (int caller = 0; caller < 100; caller++) {
        String sql = "SELECT " + caller;
        work.add(() -> parser.render(parser.parse(sql)));
      }
      int expected = 0;
      for (Future<String> answer : callers.invokeAll(work)) {
        assertThat(answer.get()).isEqualTo("SELECT " + expected++);
      }
    }
  }
}
