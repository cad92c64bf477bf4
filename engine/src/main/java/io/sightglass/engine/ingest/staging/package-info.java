/**
 * From the bytes of a delivered object to one clean staged file: decompression, encodings, records
 * with their lines, whole-file faults. Everything it writes counts as vault.
 */
@NullMarked
package io.sightglass.engine.ingest.staging;

import org.jspecify.annotations.NullMarked;
