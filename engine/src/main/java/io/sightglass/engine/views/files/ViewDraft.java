package io.sightglass.engine.views.files;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.views.View;
import java.util.List;
import java.util.Map;

/**
 * A view as far as its file could be read. Immutable.
 *
 * @param sql the SELECT, each character where it stands in the file
 * @param places the places of the header's keys
 * @param columnPlaces the places of described columns
 * @param examplePlaces the places of the examples, in order
 */
public record ViewDraft(
    QualifiedName name,
    View.Header header,
    String sql,
    Place place,
    Map<String, Place> places,
    Map<String, Place> columnPlaces,
    List<Place> examplePlaces) {

  public ViewDraft {
    places = Map.copyOf(places);
    columnPlaces = Map.copyOf(columnPlaces);
    examplePlaces = List.copyOf(examplePlaces);
  }

  /** The place of a header key's value, or of the file where it is absent. */
  public Place placeOf(String key) {
    return places.getOrDefault(key, place);
  }
}
