/**
 * The folder sql-views, read as one whole, checked as one whole, reloaded as one whole; a caller's
 * policy compiled to secure views.
 */
@NullMarked
package io.sightglass.engine.views;

import org.jspecify.annotations.NullMarked;
