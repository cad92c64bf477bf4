/** The engine's object graph on one page, typed configuration, checks at start. */
@NullMarked
package io.sightglass.web.wiring;

import org.jspecify.annotations.NullMarked;
