/**
 * Copies of a whole deployment: metadata database, catalog, data files, the vault apart, and the
 * way back into an empty one.
 */
@NullMarked
package io.sightglass.engine.ingest.backup;

import org.jspecify.annotations.NullMarked;
