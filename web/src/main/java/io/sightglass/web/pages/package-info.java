/** Pages for people; without any external asset. */
@NullMarked
package io.sightglass.web.pages;

import org.jspecify.annotations.NullMarked;
