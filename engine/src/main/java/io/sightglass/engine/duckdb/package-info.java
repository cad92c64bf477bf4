/**
 * DuckDB instances, sessions, settings, watchdog, parser and binder. The only importer of
 * org.duckdb.
 */
@NullMarked
package io.sightglass.engine.duckdb;

import org.jspecify.annotations.NullMarked;
