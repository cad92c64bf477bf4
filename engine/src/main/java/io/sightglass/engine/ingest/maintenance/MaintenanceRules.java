package io.sightglass.engine.ingest.maintenance;

import io.sightglass.engine.table.MergeLimits;
import java.time.Duration;

/**
 * How careful maintenance is. Immutable.
 *
 * @param longestStatement after which no statement reads a file whose snapshot has expired
 * @param orphanAge uploads without a commit that are younger may belong to a load that runs, unless
 *     they were there before all processes that run
 * @param clocksDiffer by how much a store's clock may differ from the database's, at most
 */
public record MaintenanceRules(
    MergeLimits merge, Duration longestStatement, Duration orphanAge, Duration clocksDiffer) {}
