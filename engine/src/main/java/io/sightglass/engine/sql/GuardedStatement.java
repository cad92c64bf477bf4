package io.sightglass.engine.sql;

import io.sightglass.engine.QualifiedName;
import java.util.List;
import java.util.SortedSet;

/**
 * A statement that the guard has verified. Immutable; made by the guard alone.
 *
 * @param text the canonical text, exactly what runs; parameters are {@code $1}, {@code $2}, …
 * @param views every view that it names
 * @param parameters the names that the statement used, in the order of {@code $1}, {@code $2}, …;
 *     positional ones are named by their number
 * @param repeatable false when it uses a volatile function or an unseeded sample: never cached
 * @param usesToday whether it reads today's date or the time, which then counts as a parameter
 */
public record GuardedStatement(
    String text,
    SortedSet<QualifiedName> views,
    List<String> parameters,
    boolean repeatable,
    boolean usesToday) {}
