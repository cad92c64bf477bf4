/** The bytes of a delivered object: unpacked, in UTF-8, and found broken as a whole. */
@NullMarked
package io.sightglass.engine.ingest.unpack;

import org.jspecify.annotations.NullMarked;
