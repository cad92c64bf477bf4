package io.sightglass.engine.views.check;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.AccessDecision;
import io.sightglass.engine.access.AccessPolicy;
import io.sightglass.engine.access.Grant;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.access.Role;
import io.sightglass.engine.sql.GuardedExpression;
import io.sightglass.engine.sql.lineage.Lineage.SourceColumn;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.files.Mistakes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Checks that what a grant filters, hides or masks is not to be seen through the role's other views
 * over the same dataset. Not thread-safe.
 */
final class WayAroundChecker {

  private final Map<QualifiedName, Definition> views;
  private final AccessPolicy policy;
  private final IdentityHashMap<Grant, CheckedGrant> checked = new IdentityHashMap<>();
  private final Predicates predicates;
  private final Mistakes mistakes;

  WayAroundChecker(
      Map<QualifiedName, Definition> views,
      List<Role> roles,
      List<CheckedGrant> grants,
      Predicates predicates,
      Mistakes mistakes) {
    this.views = views;
    this.policy =
        new AccessPolicy(roles, grants.stream().flatMap(grant -> grant.grants().stream()).toList());
    grants.forEach(grant -> grant.grants().forEach(each -> checked.put(each, grant)));
    this.predicates = predicates;
    this.mistakes = mistakes;
  }

  void check() {
    for (Role role : policy.roles()) {
      Map<Definition, CheckedGrant> seen = seenBy(role);
      Set<String> reported = new HashSet<>();
      seen.forEach((view, grant) ->
          seen.forEach((other, otherGrant) -> {
            if (view != other && view.flow != null && other.flow != null) {
              checkFilter(view, grant, other, otherGrant, reported);
              new ColumnWalls(predicates, mistakes).check(view, grant, other, otherGrant);
            }
          }));
    }
  }

  private Map<Definition, CheckedGrant> seenBy(Role role) {
    Map<String, List<String>> attributes = new HashMap<>();
    role.attributes().forEach(attribute -> attributes.put(attribute, List.of("any")));
    Principal holder = new Principal(role.name(), List.of(role.name()), attributes);
    Map<Definition, CheckedGrant> seen = new LinkedHashMap<>();
    for (Definition view : views.values()) {
      if (policy.decide(holder, view.name(), view.identified)
          instanceof AccessDecision.Allowed allowed) {
        CheckedGrant grant = checked.get(allowed.grant());
        if (grant != null) {
          seen.put(view, grant);
        }
      }
    }
    return seen;
  }

  private void checkFilter(
      Definition view,
      CheckedGrant grant,
      Definition other,
      CheckedGrant otherGrant,
      Set<String> reported) {
    GuardedExpression filter = grant.filter();
    Flow flow = view.flow;
    if (filter == null
        || flow == null
        || grant.draft().unfiltered() != null
        || otherGrant.draft().unfiltered() != null) {
      return;
    }
    Set<SourceColumn> columns = new HashSet<>();
    filter.columns().forEach(column -> columns.addAll(flow.roots().getOrDefault(column, Set.of())));
    Set<QualifiedName> datasets = filtered(view, columns);
    Set<QualifiedName> common = new TreeSet<>(other.datasets);
    common.retainAll(datasets);
    if (common.isEmpty()) {
      return;
    }
    Optional<String> breach = findBreach(view, filter, other, otherGrant, columns, datasets);
    String place = other.name() + "@" + otherGrant.draft().place();
    if (breach.isPresent() && reported.add(place)) {
      mistakes.add(
          otherGrant.draft().place(),
          MistakeCode.WAY_AROUND,
          "role %s sees through %s rows of %s that its filter on %s hides: %s"
              .formatted(
                  grant.draft().role(),
                  other.name(),
                  common.stream().map(QualifiedName::toString).collect(Collectors.joining(", ")),
                  view.name(),
                  breach.get()),
          "the same filter on the same columns, looking across no other rows, or unfiltered: \"<why>\"");
    }
  }

  private Optional<String> findBreach(
      Definition view,
      GuardedExpression filter,
      Definition other,
      CheckedGrant otherGrant,
      Set<SourceColumn> columns,
      Set<QualifiedName> datasets) {
    GuardedExpression otherFilter = otherGrant.filter();
    if (otherFilter == null) {
      return otherGrant.draft().filter() == null
          ? Optional.of("it has no filter")
          : Optional.empty();
    }
    Set<String> needed = predicates.conjuncts(filter.text(), column -> root(view, column));
    Set<String> had = predicates.conjuncts(otherFilter.text(), column -> root(other, column));
    if (!had.containsAll(needed)) {
      return Optional.of("its filter is another, or on other columns");
    }
    return new RowWalls(views::get, columns, datasets).findBreach(other);
  }

  /** The datasets whose rows a filter hides: those of its columns, or all where one is computed. */
  private Set<QualifiedName> filtered(Definition view, Set<SourceColumn> columns) {
    Set<QualifiedName> datasets = new TreeSet<>();
    for (SourceColumn column : columns) {
      if (Tables.isView(column.table())) {
        datasets.addAll(view.datasets);
      } else {
        datasets.add(Tables.name(column.table()));
      }
    }
    return columns.isEmpty() ? view.datasets : datasets;
  }

  /** What a view's column is in the end, in a form that no other column has. */
  static String root(Definition view, String column) {
    Flow flow = view.flow;
    SourceColumn root = flow == null ? null : flow.rootOf(column);
    return root == null
        ? String.join(".", view.path()) + "." + column
        : String.join(".", root.table()) + "." + root.column();
  }
}
