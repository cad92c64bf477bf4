/** Which loads are due, in which order, and what they wait for. */
@NullMarked
package io.sightglass.engine.ingest.queue;

import org.jspecify.annotations.NullMarked;
