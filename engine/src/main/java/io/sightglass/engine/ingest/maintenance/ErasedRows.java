package io.sightglass.engine.ingest.maintenance;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.table.Lake;

/** Which rows belong to persons who were erased. Thread-safe. */
@FunctionalInterface
public interface ErasedRows {

  /** How they are told in the tables of a dataset, for one session. */
  RowRemoval.Rows rows(DuckDbSession session, Dataset dataset, Lake lake);
}
