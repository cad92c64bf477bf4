package io.sightglass.engine.duckdb;

import io.sightglass.engine.sql.Binder.OutputColumn;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * A running query whose result is pulled batch by batch, in the engine's own buffers. Used by one
 * thread at a time.
 */
public interface ArrowCursor extends AutoCloseable {

  /** Name and DuckDB type of every column. */
  List<OutputColumn> columns();

  /**
   * Computes the next batch into {@link #batch()}; false at the end. Blocks while the engine works.
   *
   * @throws io.sightglass.engine.EngineException when the statement fails or is cancelled
   */
  boolean advance();

  /** The current batch; its vectors are overwritten by {@link #advance}. */
  VectorSchemaRoot batch();

  /** Releases the result and what it holds of the engine. Idempotent. */
  @Override
  void close();
}
