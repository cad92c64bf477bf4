/** One delivered object on this machine's disk, ready to be read by the load engine. */
@NullMarked
package io.sightglass.engine.ingest.staging;

import org.jspecify.annotations.NullMarked;
