/**
 * Admission, execution, progress, cancellation, limits, and the statement log, which is the audit.
 */
@NullMarked
package io.sightglass.engine.query;

import org.jspecify.annotations.NullMarked;
