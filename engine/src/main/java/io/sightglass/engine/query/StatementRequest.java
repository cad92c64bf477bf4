package io.sightglass.engine.query;

import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One statement as its caller sent it. Immutable.
 *
 * @param schema where names without a schema are looked up first; null: any view of that name
 * @param rows the caller's own limit, at which the answer ends in order; empty: none
 * @param time the caller's own limit of the engine's work; null: the role's
 * @param format what the answer will be encoded as, for the log and the ETag
 * @param asOf which states of its tables it reads
 */
public record StatementRequest(
    String sql,
    Parameters parameters,
    @Nullable String schema,
    OptionalLong rows,
    @Nullable Duration time,
    String format,
    AsOf asOf) {

  /** A statement over the newest states. */
  public StatementRequest(
      String sql,
      Parameters parameters,
      @Nullable String schema,
      OptionalLong rows,
      @Nullable Duration time,
      String format) {
    this(sql, parameters, schema, rows, time, format, AsOf.newest());
  }
}
