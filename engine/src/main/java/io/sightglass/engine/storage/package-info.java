/** Object stores and the cache of immutable files. The only importer of the AWS SDK. */
@NullMarked
package io.sightglass.engine.storage;

import org.jspecify.annotations.NullMarked;
