/** The HTTP API: controllers, request and response records, the one error handler. */
@NullMarked
package io.sightglass.web.api;

import org.jspecify.annotations.NullMarked;
