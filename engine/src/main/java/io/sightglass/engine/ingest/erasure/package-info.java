/** Persons who are removed from everything that is kept, and do not come back. */
@NullMarked
package io.sightglass.engine.ingest.erasure;

import org.jspecify.annotations.NullMarked;
