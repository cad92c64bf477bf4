/** From a request to a principal. */
@NullMarked
package io.sightglass.web.security;

import org.jspecify.annotations.NullMarked;
