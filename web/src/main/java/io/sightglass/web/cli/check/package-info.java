/** What a pack's own test files say, tried on a service that lives for the check alone. */
@NullMarked
package io.sightglass.web.cli.check;

import org.jspecify.annotations.NullMarked;
