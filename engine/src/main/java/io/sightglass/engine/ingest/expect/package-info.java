/**
 * What a contract expects of deliveries: their days, their rows, and what their source says of
 * them.
 */
@NullMarked
package io.sightglass.engine.ingest.expect;

import org.jspecify.annotations.NullMarked;
