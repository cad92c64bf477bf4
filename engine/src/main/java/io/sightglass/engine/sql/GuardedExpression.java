package io.sightglass.engine.sql;

import java.util.SortedSet;

/**
 * One expression that the guard has verified. Immutable; made by the guard alone.
 *
 * @param text the canonical text; {@code attribute('x')} has become {@code
 *     CAST(getvariable('attr_x') AS VARCHAR)}, {@code attribute_list('x')} {@code
 *     CAST(getvariable('attrs_x') AS VARCHAR[])}, macros are named completely
 * @param columns the columns that it names, in lower case
 * @param attributes what it reads by {@code attribute('x')}
 * @param attributeLists what it reads by {@code attribute_list('x')}
 * @param repeatable false when it uses a volatile function
 * @param usesToday whether it reads today's date or the time
 */
public record GuardedExpression(
    String text,
    SortedSet<String> columns,
    SortedSet<String> attributes,
    SortedSet<String> attributeLists,
    boolean repeatable,
    boolean usesToday) {}
