/** Finding new objects, by the clock and when somebody asks. */
@NullMarked
package io.sightglass.engine.ingest.scan;

import org.jspecify.annotations.NullMarked;
