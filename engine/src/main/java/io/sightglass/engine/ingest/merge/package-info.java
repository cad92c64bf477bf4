/** How a delivery meets the rows that are stored: beside them, in their place, or row by row. */
@NullMarked
package io.sightglass.engine.ingest.merge;

import org.jspecify.annotations.NullMarked;
