/** Loads: how delivered files become rows of tables; {@code LoadService} is the door. */
@NullMarked
package io.sightglass.engine.ingest;

import org.jspecify.annotations.NullMarked;
