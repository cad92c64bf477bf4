package io.sightglass.engine.views.check;

import io.sightglass.engine.sql.GuardedExpression;
import io.sightglass.engine.sql.lineage.Lineage.SourceColumn;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.files.GrantDraft;
import io.sightglass.engine.views.files.GrantDraft.MaskDraft;
import io.sightglass.engine.views.files.Mistakes;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Checks that no other view of a role shows what a grant hides or masks. Not thread-safe. */
final class ColumnWalls {

  /** Masks that show nothing of a value. */
  private static final Set<String> BLIND = Set.of("null", "redact");

  private final Predicates predicates;
  private final Mistakes mistakes;

  ColumnWalls(Predicates predicates, Mistakes mistakes) {
    this.predicates = predicates;
    this.mistakes = mistakes;
  }

  /** Checks what {@code grant} keeps back of {@code view} against another view of the role. */
  void check(Definition view, CheckedGrant grant, Definition other, CheckedGrant otherGrant) {
    Set<String> kept = new TreeSet<>(grant.draft().hide().keySet());
    kept.addAll(grant.draft().masks().keySet());
    kept.retainAll(view.columnNames());
    for (String column : kept) {
      if (!grant.draft().unmasked().containsKey(column)
          && !otherGrant.draft().unmasked().containsKey(column)) {
        check(view, grant, column, other, otherGrant);
      }
    }
  }

  private void check(
      Definition view,
      CheckedGrant grant,
      String column,
      Definition other,
      CheckedGrant otherGrant) {
    Flow flow = other.flow;
    if (flow == null) {
      return;
    }
    if (shows(flow.conditions(), view, column)) {
      report(view, grant, column, other, otherGrant, "which rows it has depends on it");
      return;
    }
    Set<String> outputs = new TreeSet<>();
    for (String output : other.columnNames()) {
      String name = output.toLowerCase(Locale.ROOT);
      if (!otherGrant.draft().hide().containsKey(name)
          && !otherGrant.draft().unmasked().containsKey(name)
          && shows(flow.reachOf(name), view, column)
          && !isMaskedAlike(view, grant, column, other, otherGrant, name)) {
        outputs.add(name);
      }
    }
    if (!outputs.isEmpty()) {
      report(view, grant, column, other, otherGrant, "it shows in " + String.join(", ", outputs));
    }
  }

  private void report(
      Definition view,
      CheckedGrant grant,
      String column,
      Definition other,
      CheckedGrant otherGrant,
      String how) {
    mistakes.add(
        otherGrant.draft().place(),
        MistakeCode.WAY_AROUND,
        "role %s sees through %s what its grant on %s keeps back of \"%s\": %s"
            .formatted(grant.draft().role(), other.name(), view.name(), column, how),
        "hide or mask it there in the same way, or unmasked: {%s: \"<why>\"}".formatted(column));
  }

  /** Whether a value that depends on those sources tells something of the view's column. */
  private static boolean shows(Set<SourceColumn> sources, Definition view, String column) {
    Flow flow = view.flow;
    if (flow == null || sources.isEmpty()) {
      return false;
    }
    SourceColumn self = new SourceColumn(view.path(), column);
    if (sources.contains(self)) {
      return true;
    }
    Set<SourceColumn> roots = flow.roots().getOrDefault(column, Set.of(self));
    if (!roots.contains(self)) {
      return roots.stream().anyMatch(sources::contains);
    }
    // Computed: whoever sees something made of all that it is made of could compute it as well.
    Set<SourceColumn> madeOf = new HashSet<>(flow.reachOf(column));
    madeOf.removeIf(source -> Tables.isView(source.table()));
    return !madeOf.isEmpty() && sources.containsAll(madeOf);
  }

  private boolean isMaskedAlike(
      Definition view,
      CheckedGrant grant,
      String column,
      Definition other,
      CheckedGrant otherGrant,
      String output) {
    GrantDraft draft = otherGrant.draft();
    MaskDraft mask = draft.masks().get(output);
    if (mask == null) {
      return false;
    }
    if (mask.unless() == null && BLIND.contains(mask.with())) {
      return true;
    }
    MaskDraft kept = grant.draft().masks().get(column);
    return kept != null
        && kept.with().equals(mask.with())
        && WayAroundChecker.root(view, column).equals(WayAroundChecker.root(other, output))
        && unless(view, grant.unless().get(column))
            .equals(unless(other, otherGrant.unless().get(output)));
  }

  private Set<String> unless(Definition view, @Nullable GuardedExpression expression) {
    return expression == null
        ? Set.of()
        : predicates.conjuncts(expression.text(), column -> WayAroundChecker.root(view, column));
  }
}
