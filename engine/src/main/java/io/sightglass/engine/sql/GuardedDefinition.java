package io.sightglass.engine.sql;

import java.util.List;
import java.util.Set;

/**
 * The SELECT of a view that the guard has verified. Immutable; made by the guard alone.
 *
 * @param text the canonical text; tables and macros are named completely
 * @param tables the complete path of every table that it names, as the resolver gave it
 * @param repeatable false when it uses a volatile function or an unseeded sample
 * @param usesToday whether it reads today's date or the time
 */
public record GuardedDefinition(
    String text, Set<List<String>> tables, boolean repeatable, boolean usesToday) {}
