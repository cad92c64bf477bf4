package io.sightglass.engine.query;

import io.sightglass.engine.QualifiedName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One state of a table that a view reads, as one caller may know it. Immutable.
 *
 * @param table as answers name it: a dataset, or of a stored result its view
 * @param committedAt from when on it is what {@code asOf} with an instant reads
 * @param dataAsOf how old what it shows may be
 * @param newest whether it is what is read without {@code asOf}
 * @param rowCount rows of the view at that state; null where the view is not that table row for
 *     row, or a filter hides rows
 */
public record ViewSnapshot(
    QualifiedName table,
    long id,
    Instant committedAt,
    Instant dataAsOf,
    boolean newest,
    @Nullable Long rowCount) {}
