/** Who was erased, and how their rows are told apart wherever rows are kept or arrive. */
@NullMarked
package io.sightglass.engine.ingest.persons;

import org.jspecify.annotations.NullMarked;
