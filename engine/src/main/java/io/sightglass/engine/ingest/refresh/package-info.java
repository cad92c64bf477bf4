/**
 * Materialised views: their results as tables, made anew when their inputs change or by the clock.
 */
@NullMarked
package io.sightglass.engine.ingest.refresh;

import org.jspecify.annotations.NullMarked;
