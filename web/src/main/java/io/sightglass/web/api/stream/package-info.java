/** Answers on their way to the client: credit, trailers, and a cut where something fails late. */
@NullMarked
package io.sightglass.web.api.stream;

import org.jspecify.annotations.NullMarked;
