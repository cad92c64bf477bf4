package io.sightglass.engine.access;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Views of one schema that one role may see, and how. Immutable.
 *
 * @param views names in the schema; empty: every one that is not identified ({@code *})
 * @param filter over the view's columns; rows for which it is not true are not seen; null: all are
 * @param hide columns that do not exist for the role
 * @param unfiltered why other views of the role over the same data may go without this filter;
 *     null: they may not
 * @param unmasked by column, why outputs of other views may depend on it
 */
public record Grant(
    String role,
    String schema,
    Set<String> views,
    @Nullable String filter,
    Set<String> hide,
    Map<String, ColumnMask> masks,
    @Nullable String unfiltered,
    Map<String, String> unmasked) {

  public Grant {
    views = Set.copyOf(views);
    hide = Set.copyOf(hide);
    masks = Map.copyOf(masks);
    unmasked = Map.copyOf(unmasked);
  }

  /** Whether it grants a view of its schema; an identified view must be named. */
  public boolean covers(String view, boolean identified) {
    return views.isEmpty() ? !identified : views.contains(view);
  }
}
