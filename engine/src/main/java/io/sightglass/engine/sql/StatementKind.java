package io.sightglass.engine.sql;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.sql.SqlText.Token;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which statement a text is, by its first word, so that a refusal can name it. */
final class StatementKind {

  private static final String READ_ONLY = "statements only read; data comes in by loads";
  private static final String CATALOG = "query catalog.tables and catalog.columns";
  private static final String REQUEST =
      "send schema, parameters, limits and asOf with the request instead";
  private static final String FORMAT =
      "choose the answer's format by the Accept header or ?format=";
  private static final String VIEWS = "views, macros and roles are kept in sql-views/";

  private static final Map<String, String> ADVICE = advice();

  private StatementKind() {}

  /** Refuses a text that is not one reading statement, naming what it is instead. */
  static void check(SqlText text) {
    List<List<Token>> statements = text.statements();
    if (statements.isEmpty()) {
      throw new EngineException(
          ErrorCode.SYNTAX_ERROR, "The text holds no statement; send exactly one");
    }
    for (List<Token> statement : statements) {
      Token first = statement.getFirst();
      String word = text.wordOf(first);
      String advice = ADVICE.get(word);
      if (advice != null) {
        throw Refusal.of(word).instead(advice).at(text.positionOf(first));
      }
    }
    if (statements.size() > 1) {
      throw Refusal.of("A text of %d statements".formatted(statements.size()))
          .instead("send exactly one")
          .at(text.positionOf(statements.get(1).getFirst()));
    }
  }

  private static Map<String, String> advice() {
    Map<String, String> advice = new HashMap<>();
    add(
        advice,
        READ_ONLY,
        "INSERT UPDATE DELETE MERGE TRUNCATE REPLACE IMPORT ATTACH DETACH VACUUM ANALYZE CHECKPOINT"
            + " FORCE INSTALL LOAD CALL");
    add(advice, VIEWS, "CREATE DROP ALTER COMMENT GRANT REVOKE");
    add(advice, CATALOG, "SHOW DESCRIBE DESC SUMMARIZE PRAGMA");
    add(advice, REQUEST, "SET RESET USE PREPARE EXECUTE DEALLOCATE");
    add(advice, FORMAT, "COPY EXPORT");
    add(advice, "POST /v1/sql/check tells what a statement reads", "EXPLAIN");
    add(
        advice,
        "each statement reads one snapshot of each table",
        "BEGIN START COMMIT ROLLBACK ABORT END");
    return Map.copyOf(advice);
  }

  private static void add(Map<String, String> advice, String text, String words) {
    for (String word : words.split(" ", -1)) {
      advice.put(word, text);
    }
  }
}
