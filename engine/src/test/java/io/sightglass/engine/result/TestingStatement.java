package io.sightglass.engine.result;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.duckdb.ArrowCursor;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.duckdb.PreparedQuery;
import io.sightglass.engine.query.CastQuery;
import io.sightglass.engine.query.ColumnCasts;
import io.sightglass.engine.query.OpenStatement;
import io.sightglass.engine.query.StatementAnswer;
import io.sightglass.engine.sql.Binder.OutputColumn;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A statement without guard, policy or record, on an instance of its own. */
final class TestingStatement implements OpenStatement {

  static final AnswerLimits UNLIMITED =
      new AnswerLimits(Long.MAX_VALUE, OptionalLong.empty(), Long.MAX_VALUE);

  private final DuckDbSession session;
  private final String sql;
  private final AnswerLimits limits;
  private @Nullable PreparedQuery query;
  private List<OutputColumn> columns = List.of();

  /** How it ended: SUCCEEDED, FAILED, ABANDONED; null while it has not. */
  @Nullable String ending;

  @Nullable AnswerEnd end;

  TestingStatement(DuckDbInstance instance, String sql, AnswerLimits limits) {
    this.session = instance.openStreamingSession();
    this.sql = sql;
    this.limits = limits;
  }

  @Override
  public ArrowCursor start(ColumnCasts casts, int batchRows) {
    CastQuery cast = CastQuery.prepare(session, sql, List.of(), casts);
    query = cast.query();
    columns = cast.columns();
    return cast.query().start(List.of(), batchRows);
  }

  @Override
  public ParquetFile copyToParquet(ColumnCasts casts, String rowCountKey) {
    CastQuery cast = CastQuery.prepare(session, sql, List.of(), casts);
    query = cast.query();
    columns = cast.columns();
    var path = session.instance().newResultFile("test.parquet");
    long rows = session.execute("COPY (%s) TO '%s' (FORMAT parquet)".formatted(cast.sql(), path));
    return new ParquetFile(path, rows, false, Map.of());
  }

  @Override
  public StatementAnswer answer() {
    return new StatementAnswer(
        "s1",
        columns,
        List.of(),
        new StatementAnswer.PolicyAsApplied("h", "analyst", List.of(), List.of()),
        List.of(),
        limits.rows(),
        null,
        null);
  }

  @Override
  public AnswerLimits limits() {
    return limits;
  }

  @Override
  public void succeed(AnswerEnd how) {
    finish("SUCCEEDED", how);
  }

  @Override
  public EngineException fail(RuntimeException failure, AnswerEnd how) {
    finish("FAILED", how);
    return (EngineException) failure;
  }

  @Override
  public void abandon(AnswerEnd how) {
    finish("ABANDONED", how);
  }

  private void finish(String how, AnswerEnd what) {
    if (ending != null) {
      throw new IllegalStateException("Ended twice: " + ending + ", " + how);
    }
    ending = how;
    end = what;
    if (query != null) {
      query.close();
    }
    session.close();
  }

  @Override
  public void cancel() {
    session.interrupt();
  }
}
