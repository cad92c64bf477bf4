package io.sightglass.engine.ingest.maintenance;

import io.sightglass.engine.table.MergeLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How careful maintenance is. Immutable.
 *
 * @param longestStatement after which no statement reads a file whose snapshot has expired
 * @param orphanAge uploads without a commit that are younger may belong to work that runs; null: a
 *     day, and of ours only those that were not there before all processes that run
 * @param clocksDiffer by how much a store's clock may differ from the database's, at most
 */
public record MaintenanceRules(
    MergeLimits merge,
    Duration longestStatement,
    @Nullable Duration orphanAge,
    Duration clocksDiffer) {}
