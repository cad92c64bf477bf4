package io.sightglass.engine.views.files;

import io.sightglass.engine.views.NamedQuery;
import java.util.Map;

/**
 * A named query as far as its file could be read; its SQL and views are not checked. Immutable.
 *
 * @param query its {@code sql} has each character where it stands in the file
 * @param parameterPlaces the places of its parameters, by name
 */
public record QueryDraft(NamedQuery query, Place place, Map<String, Place> parameterPlaces) {

  public QueryDraft {
    parameterPlaces = Map.copyOf(parameterPlaces);
  }
}
