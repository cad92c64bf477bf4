/** A contract to start from, guessed from one file; nothing here runs when files are loaded. */
@NullMarked
package io.sightglass.engine.ingest.infer;

import org.jspecify.annotations.NullMarked;
