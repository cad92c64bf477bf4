/** The loader that a team would write in Java: one row at a time, by well-known libraries. */
@NullMarked
package io.sightglass.benchmarks.rowwise;

import org.jspecify.annotations.NullMarked;
