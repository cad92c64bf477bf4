package io.sightglass.engine.ingest.maintenance;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbSession;

/** Which rows belong to persons who were erased. Thread-safe. */
@FunctionalInterface
public interface ErasedRows {

  /** How they are told in a dataset, for one session. */
  RowRemoval.Rows rows(DuckDbSession session, Dataset dataset);
}
