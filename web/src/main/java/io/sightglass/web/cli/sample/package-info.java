/** Synthetic input files with no real person in them: the same seed gives the same bytes. */
@NullMarked
package io.sightglass.web.cli.sample;

import org.jspecify.annotations.NullMarked;
