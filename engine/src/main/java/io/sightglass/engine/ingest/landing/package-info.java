/** Where objects of a landing store belong, by the contracts and their names. */
@NullMarked
package io.sightglass.engine.ingest.landing;

import org.jspecify.annotations.NullMarked;
