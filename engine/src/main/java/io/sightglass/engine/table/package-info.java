/**
 * Iceberg catalog, commits, scan planning, pruning and maintenance. The only importer of
 * org.apache.iceberg.
 */
@NullMarked
package io.sightglass.engine.table;

import org.jspecify.annotations.NullMarked;
