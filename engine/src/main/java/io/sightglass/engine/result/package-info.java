/** One encoder per format: Arrow, Parquet, CSV, NDJSON, JSON; kept results. */
@NullMarked
package io.sightglass.engine.result;

import org.jspecify.annotations.NullMarked;
