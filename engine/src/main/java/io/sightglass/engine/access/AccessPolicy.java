package io.sightglass.engine.access;

import io.sightglass.engine.QualifiedName;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Roles in their order and their grants: decides what a caller may see. Immutable, thread-safe.
 *
 * <p>For one view, the first of the caller's roles, in the order of {@code roles.yaml}, that grants
 * it decides alone. A role whose attribute the token lacks grants nothing.
 */
public record AccessPolicy(List<Role> roles, List<Grant> grants) {

  public AccessPolicy {
    roles = List.copyOf(roles);
    grants = List.copyOf(grants);
  }

  /** The caller's roles that exist, the widest first. */
  public List<Role> rolesOf(Principal principal) {
    return roles.stream().filter(role -> principal.roles().contains(role.name())).toList();
  }

  /**
   * Decides what the caller may see of one view.
   *
   * @param identified whether the view reads the vault, so that no wildcard grants it
   */
  public AccessDecision decide(Principal principal, QualifiedName view, boolean identified) {
    Optional<AccessDecision> lacking = Optional.empty();
    for (Role role : rolesOf(principal)) {
      Optional<Grant> grant = findGrant(role, view, identified);
      if (grant.isEmpty()) {
        continue;
      }
      Optional<String> missing = findMissingAttribute(role, principal);
      if (missing.isEmpty()) {
        return new AccessDecision.Allowed(role, grant.get());
      }
      if (lacking.isEmpty()) {
        lacking = Optional.of(new AccessDecision.MissingAttribute(role, missing.get()));
      }
    }
    return lacking.orElseGet(AccessDecision.Hidden::new);
  }

  /** Of each limit the largest over the caller's roles; {@link Limits#NONE} without a role. */
  public Limits limitsOf(Principal principal) {
    return rolesOf(principal).stream().map(Role::limits).reduce(Limits.NONE, Limits::or);
  }

  /** Every permission of the caller's roles. */
  public Set<Permission> permissionsOf(Principal principal) {
    Set<Permission> permissions = EnumSet.noneOf(Permission.class);
    rolesOf(principal).forEach(role -> permissions.addAll(role.permissions()));
    return permissions;
  }

  /** The grants of one role, in the order of the files. */
  public List<Grant> grantsOf(String role) {
    List<Grant> found = new ArrayList<>(grants);
    found.removeIf(grant -> !grant.role().equals(role));
    return found;
  }

  private Optional<Grant> findGrant(Role role, QualifiedName view, boolean identified) {
    List<Grant> covering =
        grantsOf(role.name()).stream()
            .filter(grant -> grant.schema().equals(view.schema()))
            .filter(grant -> grant.covers(view.name(), identified))
            .toList();
    // A grant that names the view speaks for it before a wildcard does.
    return covering.stream()
        .filter(grant -> !grant.views().isEmpty())
        .findFirst()
        .or(() -> covering.stream().findFirst());
  }

  private static Optional<String> findMissingAttribute(Role role, Principal principal) {
    return role.attributes().stream()
        .filter(attribute -> principal.attributes().getOrDefault(attribute, List.of()).isEmpty())
        .findFirst();
  }
}
