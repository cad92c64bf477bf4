/** The command line: one picocli command each. */
@NullMarked
package io.sightglass.web.cli;

import org.jspecify.annotations.NullMarked;
