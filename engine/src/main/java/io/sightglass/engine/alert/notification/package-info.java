/** What people are told outside the service, and how it gets there. */
@NullMarked
package io.sightglass.engine.alert.notification;

import org.jspecify.annotations.NullMarked;
