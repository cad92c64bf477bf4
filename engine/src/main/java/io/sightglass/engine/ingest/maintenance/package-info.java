/**
 * What keeps the tables small, whole and forgetful: compaction, expiry, orphans, verification.
 *
 * <p>It works beside readers and loads, in this process or another.
 */
@NullMarked
package io.sightglass.engine.ingest.maintenance;

import org.jspecify.annotations.NullMarked;
