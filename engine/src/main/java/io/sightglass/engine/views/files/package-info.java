/** The files of a pack, read into drafts whose every value still knows its file and line. */
@NullMarked
package io.sightglass.engine.views.files;

import org.jspecify.annotations.NullMarked;
