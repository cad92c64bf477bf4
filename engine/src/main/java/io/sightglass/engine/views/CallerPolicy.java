package io.sightglass.engine.views;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.AccessDecision;
import io.sightglass.engine.sql.NameResolver;
import java.util.List;
import java.util.Map;

/**
 * What one caller's grants come to under one pack: the names he may use and the secure views that
 * stand for them. Callers with the same combination of grants share one. Immutable, thread-safe.
 *
 * @param hash of the pack's version and the grants chosen, without attribute values
 * @param catalog the engine's catalogue that holds the secure views, made from {@code hash}
 * @param views what the caller may read, by name
 */
public record CallerPolicy(
    String hash, String catalog, Map<QualifiedName, VisibleView> views, NameResolver names) {

  public CallerPolicy {
    views = Map.copyOf(views);
  }

  /**
   * The names as they are with a default schema, in which alone a name without one is looked up.
   * Two default schemas are two {@code policy} keys for the guard: put the schema behind the hash.
   */
  public NameResolver namesIn(String schema) {
    return path ->
        path.size() == 1 ? names.resolve(List.of(schema, path.getFirst())) : names.resolve(path);
  }

  /**
   * One view as the caller sees it.
   *
   * @param columns those that are not hidden, in the view's order
   * @param select the SELECT behind {@code CREATE SECURE VIEW <catalog>.<schema>.<name>}: reads
   *     {@code defs.<schema>.<name>}, filters and masks; attribute values come as session variables
   * @param variables session variables that the select reads, by name: the attribute whose value
   *     each holds
   */
  public record VisibleView(
      View view,
      AccessDecision.Allowed decision,
      List<VisibleColumn> columns,
      String select,
      Map<String, String> variables) {}

  /**
   * One column as the caller sees it.
   *
   * @param masked whether it is shown masked, at rest or by role
   * @param mask the mask's name; empty when plain
   * @param rule which rule says so, in words
   */
  public record VisibleColumn(View.ViewColumn column, boolean masked, String mask, String rule) {}
}
