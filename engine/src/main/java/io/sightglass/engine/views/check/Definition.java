package io.sightglass.engine.views.check;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.sql.GuardedDefinition;
import io.sightglass.engine.views.files.ViewDraft;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One view on its way through the checks. Filled in step by step; not thread-safe.
 *
 * <p>A view with a mistake stays in the world as far as it can, so that what leans on it is checked
 * all the same and does not report the same mistake again.
 */
final class Definition {

  final ViewDraft draft;

  /** Null until the guard has verified it, and for ever when it does not. */
  @Nullable GuardedDefinition guarded;

  /** Whether every name in it is known. */
  boolean namesKnown;

  /** Null until it is bound, and for ever when it cannot be. */
  @Nullable List<OutputColumn> columns;

  /** Whether no mistake was found in it, nor in what it reads, so that its types hold. */
  boolean sound;

  @Nullable Flow flow;

  final Set<QualifiedName> views = new TreeSet<>();
  final Set<QualifiedName> raw = new TreeSet<>();
  final Set<QualifiedName> vault = new TreeSet<>();

  /** Every dataset that it reads in the end. */
  final Set<QualifiedName> datasets = new TreeSet<>();

  boolean identified;

  /** Whether it, or a view that it reads, puts rows together in groups. */
  boolean aggregates;

  Definition(ViewDraft draft) {
    this.draft = draft;
  }

  QualifiedName name() {
    return draft.name();
  }

  List<String> path() {
    return Tables.path(Tables.DEFS, name());
  }

  /** Its columns by name; empty while it is not bound. */
  List<String> columnNames() {
    List<OutputColumn> bound = columns;
    return bound == null ? List.of() : bound.stream().map(OutputColumn::name).toList();
  }

  boolean isBound() {
    return columns != null;
  }
}
