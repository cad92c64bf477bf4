/** JMH for the parts of the engine; {@code java -jar benchmarks.jar} where JMH's main is on it. */
@NullMarked
package io.sightglass.benchmarks;

import org.jspecify.annotations.NullMarked;
