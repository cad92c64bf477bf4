/** What every part of the engine shares: names and the one error type. */
@NullMarked
package io.sightglass.engine;

import org.jspecify.annotations.NullMarked;
