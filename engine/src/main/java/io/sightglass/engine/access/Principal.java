package io.sightglass.engine.access;

import java.util.List;
import java.util.Map;

/**
 * Who asks, as the token says. Immutable.
 *
 * @param user the token's subject
 * @param roles in the token's order; names that the pack does not know grant nothing
 * @param attributes by name; a single value is a list of one
 */
public record Principal(String user, List<String> roles, Map<String, List<String>> attributes) {

  public Principal {
    roles = List.copyOf(roles);
    attributes = Map.copyOf(attributes);
  }
}
