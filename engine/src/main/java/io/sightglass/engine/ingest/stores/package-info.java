/** What loads read from and write to, beside the tables. */
@NullMarked
package io.sightglass.engine.ingest.stores;

import org.jspecify.annotations.NullMarked;
