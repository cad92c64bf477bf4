package io.sightglass.engine.views;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.AccessPolicy;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.sql.Macros;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A folder of {@code sql-views}, read and checked as one whole. Immutable.
 *
 * @param version digest of everything that defines it
 * @param macros complete {@code CREATE MACRO} statements for {@code defs.main}, in the order of the
 *     file
 * @param views in an order in which each comes after those that it reads
 * @param personas by name, for tests and development tokens
 */
public record ViewPack(
    String version,
    AccessPolicy policy,
    List<String> macros,
    Map<QualifiedName, Dataset> datasets,
    Map<QualifiedName, View> views,
    Map<QualifiedName, NamedQuery> queries,
    Map<String, Principal> personas) {

  private static final Pattern MACRO =
      Pattern.compile("\\bdefs\\.main\\.\"?([a-z0-9_]+)\"?\\s*\\(");

  public ViewPack {
    macros = List.copyOf(macros);
    datasets = Map.copyOf(datasets);
    views = Collections.unmodifiableMap(new LinkedHashMap<>(views));
    queries = Map.copyOf(queries);
    personas = Map.copyOf(personas);
  }

  /** The names of its macros, for the guard. */
  public Macros macroNames() {
    Set<String> names = new TreeSet<>();
    for (String macro : macros) {
      Matcher matcher = MACRO.matcher(macro);
      if (matcher.find()) {
        names.add(matcher.group(1));
      }
    }
    return new Macros(names);
  }
}
