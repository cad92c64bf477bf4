package io.sightglass.engine.duckdb;

import io.sightglass.engine.sql.Binder.OutputColumn;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.duckdb.DuckDBResultSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A streaming result of the driver, exported as Arrow without copying. */
final class StreamedResult implements ArrowCursor {

  private static final Logger LOG = LoggerFactory.getLogger(StreamedResult.class);

  private final DuckDbSession session;
  private final String sql;
  private final DuckDBResultSet result;
  private final ArrowReader reader;
  private final VectorSchemaRoot batch;
  private final List<OutputColumn> columns;
  private boolean closed;

  StreamedResult(DuckDbSession session, String sql, DuckDBResultSet result, int batchRows)
      throws SQLException {
    this.session = session;
    this.sql = sql;
    this.result = result;
    ArrowReader opened = null;
    try {
      columns = PreparedQuery.columns(result.getMetaData());
      opened = (ArrowReader) result.arrowExportStream(DuckDbInstance.allocator(), batchRows);
      batch = opened.getVectorSchemaRoot();
      reader = opened;
    } catch (IOException e) {
      closeQuietly(opened, result);
      throw session.failed(e, sql);
    } catch (SQLException | RuntimeException e) {
      closeQuietly(opened, result);
      throw e;
    }
  }

  @Override
  public List<OutputColumn> columns() {
    return columns;
  }

  @Override
  public boolean advance() {
    try {
      boolean more = reader.loadNextBatch();
      if (!more) {
        session.setRunning(null);
      }
      return more;
    } catch (IOException | RuntimeException e) {
      throw session.failed(e, sql);
    }
  }

  @Override
  public VectorSchemaRoot batch() {
    return batch;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      session.setRunning(null);
      closeQuietly(reader, result);
    }
  }

  private static void closeQuietly(@Nullable AutoCloseable... resources) {
    for (@Nullable AutoCloseable resource : resources) {
      try {
        if (resource != null) {
          resource.close();
        }
      } catch (Exception e) {
        // The failure that led here is the one to report; the session's end frees the rest.
        LOG.debug("A result did not close in order: {}", e.getClass().getName());
      }
    }
  }
}
