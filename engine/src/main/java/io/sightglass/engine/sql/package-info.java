/**
 * The guard: caps, tree walk, name resolution and canonical text. No I/O; parser and binder are
 * interfaces.
 */
@NullMarked
package io.sightglass.engine.sql;

import org.jspecify.annotations.NullMarked;
