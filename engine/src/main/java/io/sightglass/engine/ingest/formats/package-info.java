/** CSV, NDJSON, Avro and Parquet: records with their lines, and rejects where there is none. */
@NullMarked
package io.sightglass.engine.ingest.formats;

import org.jspecify.annotations.NullMarked;
