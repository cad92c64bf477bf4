/** Dataset contracts as values: columns, sensitivities, masks at rest, sources, load modes. */
@NullMarked
package io.sightglass.engine.dataset;

import org.jspecify.annotations.NullMarked;
