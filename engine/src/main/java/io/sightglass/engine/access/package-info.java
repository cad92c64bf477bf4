/** Who may see what: principals, roles, grants, filters, masks and limits. Pure: no I/O. */
@NullMarked
package io.sightglass.engine.access;

import org.jspecify.annotations.NullMarked;
