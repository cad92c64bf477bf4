/** Alerts, their state and notifications. */
@NullMarked
package io.sightglass.engine.alert;

import org.jspecify.annotations.NullMarked;
