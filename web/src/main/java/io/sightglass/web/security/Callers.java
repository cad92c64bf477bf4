package io.sightglass.web.security;

import io.micronaut.http.HttpRequest;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.filters.SecurityFilter;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.access.Permission;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.views.ViewPack;
import io.sightglass.web.wiring.Settings;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * From a request to the one who asks: user, roles and attributes as the token says, narrowed to one
 * role by {@code Sightglass-Role}. Thread-safe.
 */
@Singleton
public final class Callers {

  /** Narrows a request to one of the caller's roles. */
  public static final String ROLE_HEADER = "Sightglass-Role";

  private static final Set<String> REGISTERED =
      Set.of("sub", "iss", "aud", "exp", "nbf", "iat", "jti");

  private final Settings.Identity identity;
  private final Supplier<ViewPack> pack;

  public Callers(Settings settings, CurrentPack pack) {
    this.identity = settings.identity();
    this.pack = pack;
  }

  /** The pack that counts now. */
  @FunctionalInterface
  public interface CurrentPack extends Supplier<ViewPack> {}

  /**
   * Who asks.
   *
   * @throws EngineException {@code MISSING_PERMISSION} when a role is named that he does not hold
   */
  public Principal of(HttpRequest<?> request) {
    Authentication authentication =
        request
            .getAttribute(SecurityFilter.AUTHENTICATION, Authentication.class)
            .orElseThrow(() -> new EngineException(ErrorCode.UNAUTHENTICATED, "No valid token"));
    Map<String, Object> claims = authentication.getAttributes();
    List<String> roles = texts(find(claims, identity.roles()));
    String narrowed = request.getHeaders().get(ROLE_HEADER);
    if (narrowed != null) {
      String role = narrowed.strip();
      if (!roles.contains(role)) {
        throw new EngineException(
            ErrorCode.MISSING_PERMISSION,
            "%s: \"%s\" is not a role of yours; allowed: %s"
                .formatted(ROLE_HEADER, role, roles.isEmpty() ? "none" : String.join(", ", roles)));
      }
      roles = List.of(role);
    }
    return new Principal(authentication.getName(), roles, attributes(claims));
  }

  /**
   * Who asks, if he holds a permission.
   *
   * @throws EngineException {@code MISSING_PERMISSION} when he does not
   */
  public Principal with(Permission permission, HttpRequest<?> request) {
    Principal principal = of(request);
    if (!holds(principal, permission)) {
      throw new EngineException(
          ErrorCode.MISSING_PERMISSION,
          "%s %s: needs the permission \"%s\", which none of your roles has"
              .formatted(request.getMethodName(), request.getPath(), permission.key()));
    }
    return principal;
  }

  /**
   * Who asks, if he holds one of two permissions.
   *
   * @throws EngineException {@code MISSING_PERMISSION} when he holds neither
   */
  public Principal withEither(Permission one, Permission other, HttpRequest<?> request) {
    Principal principal = of(request);
    if (!holds(principal, one) && !holds(principal, other)) {
      throw new EngineException(
          ErrorCode.MISSING_PERMISSION,
          "%s %s: needs the permission \"%s\" or \"%s\", which none of your roles has"
              .formatted(request.getMethodName(), request.getPath(), one.key(), other.key()));
    }
    return principal;
  }

  public boolean holds(Principal principal, Permission permission) {
    return pack.get().policy().permissionsOf(principal).contains(permission);
  }

  private Map<String, List<String>> attributes(Map<String, Object> claims) {
    String rolesClaim = identity.roles().split("\\.", 2)[0];
    Map<String, List<String>> attributes = new HashMap<>();
    claims.forEach((name, value) -> {
      if (!REGISTERED.contains(name) && !name.equals(rolesClaim) && isAttribute(value)) {
        attributes.put(name, texts(value));
      }
    });
    identity.attributes().forEach((name, path) -> attributes.put(name, texts(find(claims, path))));
    attributes.values().removeIf(List::isEmpty);
    return attributes;
  }

  private static boolean isAttribute(@Nullable Object value) {
    return value != null && !(value instanceof Map);
  }

  private static @Nullable Object find(Map<String, Object> claims, String path) {
    Object here = claims.get(path);
    if (here != null) {
      return here;
    }
    Object value = claims;
    for (String part : path.split("\\.", -1)) {
      value = value instanceof Map<?, ?> map ? map.get(part) : null;
    }
    return value;
  }

  /** A text or number is a list of one; what is neither is left out. */
  private static List<String> texts(@Nullable Object value) {
    return switch (value) {
      case null -> List.of();
      case List<?> list ->
          list.stream()
              .filter(Objects::nonNull)
              .map(Callers::findText)
              .flatMap(Optional::stream)
              .toList();
      default -> findText(value).stream().toList();
    };
  }

  private static Optional<String> findText(Object value) {
    return value instanceof String || value instanceof Number || value instanceof Boolean
        ? Optional.of(value.toString())
        : Optional.empty();
  }
}
