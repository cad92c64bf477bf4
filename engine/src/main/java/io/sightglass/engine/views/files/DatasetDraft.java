package io.sightglass.engine.views.files;

import io.sightglass.engine.dataset.Dataset;
import java.util.Map;

/**
 * A dataset contract as far as it could be read. Immutable.
 *
 * @param dataset what could be read; missing values are stand-ins
 * @param places the places of its keys
 * @param columnPlaces the place of each column, by name
 * @param complete false when a mistake was found in its columns, so that their types may be wrong
 */
public record DatasetDraft(
    Dataset dataset,
    Place place,
    Map<String, Place> places,
    Map<String, Place> columnPlaces,
    boolean complete) {

  public DatasetDraft {
    places = Map.copyOf(places);
    columnPlaces = Map.copyOf(columnPlaces);
  }

  /** The place of a key's value, or of the contract where it is absent. */
  public Place placeOf(String key) {
    return places.getOrDefault(key, place);
  }

  /** Whether nothing is known of its columns, so that no view over it can be bound. */
  public boolean isUnreadable() {
    return !complete && dataset.columns().isEmpty();
  }
}
