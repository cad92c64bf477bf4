/**
 * From staged texts to typed rows in a table of the load instance, and from there to the files of
 * both sides: casts, rejects, filters, duplicates, masks. Everything here counts as vault.
 */
@NullMarked
package io.sightglass.engine.ingest.check;

import org.jspecify.annotations.NullMarked;
