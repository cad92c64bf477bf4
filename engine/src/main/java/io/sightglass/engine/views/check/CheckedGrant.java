package io.sightglass.engine.views.check;

import io.sightglass.engine.access.Grant;
import io.sightglass.engine.sql.GuardedExpression;
import io.sightglass.engine.views.files.GrantDraft;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a {@code grants.yaml} after its own checks. Immutable.
 *
 * @param grants what it comes to: one for the views that it names, one for its wildcard
 * @param covered the views that it grants
 * @param filter null: none, or not verified
 * @param unless by masked column, where a mask has one
 */
record CheckedGrant(
    GrantDraft draft,
    List<Grant> grants,
    List<Definition> covered,
    @Nullable GuardedExpression filter,
    Map<String, GuardedExpression> unless) {

  CheckedGrant {
    grants = List.copyOf(grants);
    covered = List.copyOf(covered);
    unless = Map.copyOf(unless);
  }
}
