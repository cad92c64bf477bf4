package io.sightglass.engine.views;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.AccessDecision;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.access.Role;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.views.CallerPolicy.VisibleView;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Compiles a caller's grants to secure views: one set per combination of grants, remembered.
 * Thread-safe.
 */
public final class PolicyCompiler {

  /** Combinations remembered at once; each is a few kilobytes. */
  private static final int MOST_REMEMBERED = 2_000;

  /** What of a caller decides: with the pack, two callers alike in this have one policy. */
  private record Combination(String version, List<String> roles, Set<String> attributes) {}

  private final Guard guard;
  private final Cache<Combination, CallerPolicy> remembered =
      Caffeine.newBuilder().maximumSize(MOST_REMEMBERED).build();

  public PolicyCompiler(Guard guard) {
    this.guard = guard;
  }

  /** What the caller may see; a caller without a role sees nothing. */
  public CallerPolicy compile(ViewPack pack, Principal principal) {
    Set<String> attributes = new TreeSet<>();
    List<Role> roles = pack.policy().rolesOf(principal);
    for (Role role : roles) {
      for (String attribute : role.attributes()) {
        if (!principal.attributes().getOrDefault(attribute, List.of()).isEmpty()) {
          attributes.add(attribute);
        }
      }
    }
    Combination combination =
        new Combination(
            pack.version(), roles.stream().map(Role::name).toList(), Set.copyOf(attributes));
    return remembered.get(combination, ignored -> compiled(pack, principal));
  }

  /**
   * The values of every session variable that the secure views of a statement read: {@code
   * attr_<name>} with a String, {@code attrs_<name>} with a {@code List<String>}.
   *
   * @param views those that the statement names
   * @throws EngineException {@code MISSING_ATTRIBUTE} when a filter reads one value and the token
   *     carries several, or none
   */
  public static Map<String, Object> variables(
      CallerPolicy policy, Principal principal, Collection<QualifiedName> views) {
    Map<String, Object> variables = new TreeMap<>();
    for (QualifiedName name : views) {
      VisibleView view = policy.views().get(name);
      if (view == null) {
        throw new IllegalArgumentException(
            "View: %s; allowed: those of the policy".formatted(name));
      }
      view.variables()
          .forEach((variable, attribute) ->
              variables.put(variable, value(variable, attribute, view, principal)));
    }
    return variables;
  }

  private static Object value(
      String variable, String attribute, VisibleView view, Principal principal) {
    List<String> values = principal.attributes().getOrDefault(attribute, List.of());
    if (values.isEmpty()) {
      throw new EngineException(
          ErrorCode.MISSING_ATTRIBUTE,
          "Attribute \"%s\": not in the token; view %s needs it"
              .formatted(attribute, view.view().name()));
    }
    if (variable.startsWith(SecureViewSql.LIST_PREFIX)) {
      return values;
    }
    if (values.size() > 1) {
      throw new EngineException(
          ErrorCode.MISSING_ATTRIBUTE,
          "Attribute \"%s\": %d values in the token; allowed: one, since view %s is filtered by it"
              .formatted(attribute, values.size(), view.view().name()));
    }
    return values.getFirst();
  }

  private CallerPolicy compiled(ViewPack pack, Principal principal) {
    SecureViewSql secure = new SecureViewSql(guard, pack);
    Map<QualifiedName, VisibleView> visible = new TreeMap<>();
    Map<QualifiedName, AccessDecision.MissingAttribute> lacking = new TreeMap<>();
    StringBuilder meaning = new StringBuilder(pack.version());
    for (View view : pack.views().values().stream().sorted(PolicyCompiler::byName).toList()) {
      switch (pack.policy().decide(principal, view.name(), view.identified())) {
        case AccessDecision.Allowed allowed -> {
          VisibleView compiled = secure.compile(view, allowed);
          visible.put(view.name(), compiled);
          meaning.append('\n').append(view.name()).append(' ').append(allowed.role().name());
          meaning.append(' ').append(compiled.select());
        }
        case AccessDecision.MissingAttribute missing -> {
          lacking.put(view.name(), missing);
          meaning.append('\n').append(view.name()).append(" lacks ").append(missing.attribute());
          meaning.append(" of ").append(missing.role().name());
        }
        case AccessDecision.Hidden hidden -> {}
      }
    }
    String hash = digest(meaning.toString());
    String catalog = "p_" + hash;
    return new CallerPolicy(
        hash, catalog, visible, new CallerNames(catalog, visible.keySet(), lacking));
  }

  private static int byName(View one, View other) {
    return one.name().compareTo(other.name());
  }

  private static String digest(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
