/** One load from its object to its commit, and the threads that run loads. */
@NullMarked
package io.sightglass.engine.ingest.run;

import org.jspecify.annotations.NullMarked;
