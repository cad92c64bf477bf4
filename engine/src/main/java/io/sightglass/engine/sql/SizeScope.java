package io.sightglass.engine.sql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names that mean columns at one place of a query, with their sizes. Used by one thread. */
final class SizeScope {

  private final @Nullable SizeScope outer;
  private final Map<String, Relation> ctes;
  private final Map<String, ValueSize> lambda;
  private final double calls;
  private final List<Relation> relations = new ArrayList<>();
  private final Map<String, ValueSize> aliases = new HashMap<>();

  private SizeScope(
      @Nullable SizeScope outer,
      Map<String, Relation> ctes,
      Map<String, ValueSize> lambda,
      double calls) {
    this.outer = outer;
    this.ctes = ctes;
    this.lambda = lambda;
    this.calls = calls;
  }

  /** A place that knows these common table expressions. */
  SizeScope(@Nullable SizeScope outer, Map<String, Relation> ctes) {
    this(outer, ctes, Map.of(), outer == null ? 1 : outer.calls);
  }

  /** A query inside another. */
  SizeScope(SizeScope outer) {
    this(outer, outer.ctes, Map.of(), outer.calls);
  }

  /** The body of a lambda that is called so many times for each evaluation of what is around it. */
  SizeScope lambda(Map<String, ValueSize> parameters, double times) {
    return new SizeScope(this, ctes, parameters, calls * Math.max(1, times));
  }

  /** How often an expression here is evaluated for one row. */
  double calls() {
    return calls;
  }

  Map<String, Relation> ctes() {
    return ctes;
  }

  @Nullable Relation cte(String name) {
    return ctes.get(name);
  }

  List<Relation> relations() {
    return relations;
  }

  void add(Relation relation) {
    relations.add(relation);
  }

  void addAlias(String name, ValueSize size) {
    aliases.merge(name, size, ValueSize::max);
  }

  /** The size of an unnamed column of this query's own tables; null: all are named. */
  @Nullable ValueSize other() {
    ValueSize other = null;
    for (Relation relation : relations) {
      if (relation.other() != null) {
        other = other == null ? relation.other() : other.max(relation.other());
      }
    }
    return other;
  }

  /** The largest column here, of its own tables. */
  ValueSize largest() {
    ValueSize largest = ValueSize.NUMBER;
    for (Relation relation : relations) {
      largest = largest.max(relation.largest());
    }
    return relations.isEmpty() && outer != null ? outer.largest() : largest;
  }

  /** What a reference may be: every column that one of its parts may name, here or further out. */
  ValueSize column(List<String> path) {
    List<String> parts = path.stream().map(Names::fold).toList();
    ValueSize found = null;
    for (SizeScope scope = this; scope != null; scope = scope.outer) {
      ValueSize parameter = scope.lambda.get(parts.getFirst());
      if (parameter != null) {
        return parameter;
      }
      found = larger(found, scope.own(parts));
    }
    return found == null ? ValueSize.COLUMN : found;
  }

  private @Nullable ValueSize own(List<String> parts) {
    ValueSize found = null;
    for (String part : parts) {
      found = larger(found, aliases.get(part));
    }
    for (Relation relation : relations) {
      int qualifier = parts.indexOf(relation.alias());
      boolean qualified = qualifier >= 0 && !relation.alias().isEmpty();
      if (qualified && qualifier == parts.size() - 1) {
        found = larger(found, relation.row());
      }
      for (String part : parts) {
        found = larger(found, relation.find(part));
      }
    }
    return found;
  }

  private static @Nullable ValueSize larger(@Nullable ValueSize one, @Nullable ValueSize two) {
    return one == null ? two : two == null ? one : one.max(two);
  }
}
