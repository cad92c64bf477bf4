/** Source scan, CSV and NDJSON, rejects, load runs and their ledger. */
@NullMarked
package io.sightglass.engine.ingest;

import org.jspecify.annotations.NullMarked;
