package io.sightglass.engine.access;

import java.util.List;
import java.util.Set;

/**
 * A role of {@code roles.yaml}. Immutable.
 *
 * @param attributes what the token must carry for the role's grants to hold
 */
public record Role(
    String name,
    String description,
    List<String> attributes,
    Set<Permission> permissions,
    Limits limits) {

  public Role {
    attributes = List.copyOf(attributes);
    permissions = Set.copyOf(permissions);
  }
}
