/** What a pack must satisfy as a whole: names, SQL, columns, policy, and no way around it. */
@NullMarked
package io.sightglass.engine.views.check;

import org.jspecify.annotations.NullMarked;
