package io.sightglass.engine.views.check;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.ColumnMask;
import io.sightglass.engine.access.Grant;
import io.sightglass.engine.access.Role;
import io.sightglass.engine.sql.GuardedExpression;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.files.GrantDraft;
import io.sightglass.engine.views.files.GrantDraft.MaskDraft;
import io.sightglass.engine.views.files.GrantDraft.Placed;
import io.sightglass.engine.views.files.Mistakes;
import io.sightglass.engine.views.files.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks each grant by itself: names, columns, filter and masks. Not thread-safe. */
final class GrantChecker {

  private final @Nullable Map<String, Role> roles;
  private final Map<QualifiedName, Definition> views;
  private final GrantExpressions expressions;
  private final MaskChecker masks;
  private final Mistakes mistakes;
  private final Map<String, Place> granted = new HashMap<>();

  /**
   * For the grants of one pack.
   *
   * @param roles null when they are not known: no role is a mistake then
   */
  GrantChecker(
      @Nullable Collection<Role> roles,
      Map<QualifiedName, Definition> views,
      GrantExpressions expressions,
      MaskChecker masks,
      Mistakes mistakes) {
    this.roles = roles == null ? null : byName(roles);
    this.views = views;
    this.expressions = expressions;
    this.masks = masks;
    this.mistakes = mistakes;
  }

  CheckedGrant check(GrantDraft draft) {
    Role role = roles == null ? null : roles.get(draft.role());
    if (roles != null && role == null) {
      mistakes.addUnknown(
          draft.rolePlace(), MistakeCode.UNKNOWN_NAME, "role", draft.role(), roles.keySet());
    }
    List<Definition> covered = covered(draft);
    checkOnce(draft);
    Placed filterText = draft.filter();
    GuardedExpression filter =
        filterText == null ? null : expressions.check("filter", filterText, role, covered);
    draft.hide().forEach((column, place) -> exists("hide: column", column, place, draft, covered));
    Map<String, GuardedExpression> unless = new LinkedHashMap<>();
    draft.masks().forEach((column, mask) -> checkMask(draft, role, covered, column, mask, unless));
    draft.unmasked().forEach((column, reason) -> checkReason(column, reason.place(), covered));
    checkSomethingIsLeft(draft, covered);
    return new CheckedGrant(draft, grants(draft), covered, filter, unless);
  }

  private static Map<String, Role> byName(Collection<Role> roles) {
    Map<String, Role> byName = new LinkedHashMap<>();
    roles.forEach(role -> byName.put(role.name(), role));
    return byName;
  }

  private List<Definition> covered(GrantDraft draft) {
    Set<Definition> covered = new LinkedHashSet<>();
    Set<String> known = new TreeSet<>();
    for (Definition view : views.values()) {
      if (view.name().schema().equals(draft.schema())) {
        known.add(view.name().name());
        if (draft.views().containsKey(view.name().name())
            || (draft.wildcard() != null && !view.identified)) {
          covered.add(view);
        }
      }
    }
    draft
        .views()
        .forEach((name, place) -> {
          if (!known.contains(name)) {
            mistakes.addUnknown(
                place, MistakeCode.UNKNOWN_NAME, "view of " + draft.schema(), name, known);
          }
        });
    return List.copyOf(covered);
  }

  /** One role is granted one view of a schema by one grant, and by one wildcard beside it. */
  private void checkOnce(GrantDraft draft) {
    Map<String, Place> names = new LinkedHashMap<>(draft.views());
    Place wildcard = draft.wildcard();
    if (wildcard != null) {
      names.put("*", wildcard);
    }
    names.forEach((name, place) -> {
      String key = draft.role() + "/" + draft.schema() + "." + name;
      Place before = granted.putIfAbsent(key, place);
      if (before != null) {
        mistakes.add(
            place,
            MistakeCode.DUPLICATE,
            "\"%s\" granted to %s twice, first on line %d"
                .formatted(name, draft.role(), before.line()),
            "once");
      }
    });
  }

  private void checkMask(
      GrantDraft draft,
      @Nullable Role role,
      List<Definition> covered,
      String column,
      MaskDraft mask,
      Map<String, GuardedExpression> unless) {
    if (draft.hide().containsKey(column)) {
      mistakes.add(
          mask.place(),
          MistakeCode.CONFLICT,
          "column \"%s\" hidden and masked".formatted(column),
          "one of the two");
    }
    if (exists("mask: column", column, mask.place(), draft, covered)) {
      masks.check(column, mask, covered);
    } else {
      masks.check(column, mask, List.of());
    }
    Placed text = mask.unless();
    if (text != null) {
      GuardedExpression checked = expressions.check("unless", text, role, having(column, covered));
      if (checked != null) {
        unless.put(column, checked);
      }
    }
  }

  /** A column must be there: in each view that is named, under a wildcard in some view. */
  private boolean exists(
      String what, String column, Place place, GrantDraft draft, List<Definition> covered) {
    List<Definition> bound = covered.stream().filter(Definition::isBound).toList();
    boolean somewhere = !having(column, bound).isEmpty();
    if (bound.isEmpty()) {
      return false;
    }
    for (Definition view : bound) {
      boolean named = draft.views().containsKey(view.name().name());
      if (view.columnNames().contains(column) || (somewhere && !named)) {
        continue;
      }
      mistakes.addUnknown(
          place,
          MistakeCode.UNKNOWN_COLUMN,
          "%s of %s:".formatted(what, view.name()),
          column,
          view.columnNames());
      break;
    }
    return somewhere;
  }

  private void checkReason(String column, Place place, List<Definition> covered) {
    if (covered.isEmpty() || covered.stream().anyMatch(view -> concerns(view, column))) {
      return;
    }
    Set<String> columns = new TreeSet<>();
    covered.forEach(view -> columns.addAll(view.columnNames()));
    mistakes.addUnknown(place, MistakeCode.UNKNOWN_COLUMN, "unmasked: column", column, columns);
  }

  /** Whether a column of that name is shown by the view, or anything in it depends on one. */
  private static boolean concerns(Definition view, String column) {
    Flow flow = view.flow;
    return flow == null
        || view.columnNames().contains(column)
        || Stream.concat(
                flow.conditions().stream(), flow.reach().values().stream().flatMap(Set::stream))
            .anyMatch(source -> source.column().equals(column));
  }

  private void checkSomethingIsLeft(GrantDraft draft, List<Definition> covered) {
    for (Definition view : covered) {
      if (view.isBound() && draft.hide().keySet().containsAll(view.columnNames())) {
        mistakes.add(
            draft.place(),
            MistakeCode.CONFLICT,
            "every column of %s hidden".formatted(view.name()),
            "a grant that shows one column or more");
      }
    }
  }

  private static List<Definition> having(String column, List<Definition> views) {
    return views.stream().filter(view -> view.columnNames().contains(column)).toList();
  }

  private static List<Grant> grants(GrantDraft draft) {
    List<Grant> grants = new ArrayList<>();
    if (!draft.views().isEmpty()) {
      grants.add(grant(draft, draft.views().keySet()));
    }
    if (draft.wildcard() != null) {
      grants.add(grant(draft, Set.of()));
    }
    return grants;
  }

  private static Grant grant(GrantDraft draft, Set<String> views) {
    Map<String, ColumnMask> masks = new LinkedHashMap<>();
    draft
        .masks()
        .forEach((column, mask) -> {
          Placed unless = mask.unless();
          masks.put(
              column, new ColumnMask(column, mask.with(), unless == null ? null : unless.text()));
        });
    Map<String, String> unmasked = new LinkedHashMap<>();
    draft.unmasked().forEach((column, reason) -> unmasked.put(column, reason.text()));
    Placed filter = draft.filter();
    Placed unfiltered = draft.unfiltered();
    return new Grant(
        draft.role(),
        draft.schema(),
        views,
        filter == null ? null : filter.text(),
        draft.hide().keySet(),
        masks,
        unfiltered == null ? null : unfiltered.text(),
        unmasked);
  }
}
