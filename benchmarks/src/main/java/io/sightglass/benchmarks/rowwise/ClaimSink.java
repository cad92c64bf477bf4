package io.sightglass.benchmarks.rowwise;

import java.io.IOException;
import java.sql.SQLException;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** Where the rows of one file after the other go. Used by one thread. */
interface ClaimSink extends AutoCloseable {

  /** The rows that follow replace those of a date. */
  void begin(LocalDate fileDate) throws IOException, SQLException;

  /** One row, by the columns' order. */
  void add(@Nullable Object[] row) throws IOException, SQLException;

  /** Makes what came since {@link #begin} visible. */
  void commit() throws IOException, SQLException;

  @Override
  void close() throws IOException, SQLException;
}
