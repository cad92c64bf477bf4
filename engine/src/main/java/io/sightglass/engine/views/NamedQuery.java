package io.sightglass.engine.views;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.ColumnType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A query with typed parameters that runs as its caller. Immutable.
 *
 * @param views every view that it names; known only to those who may read them all
 * @param chart a hint for pages, as written; empty: none
 * @param keep a kept result on schedule; null: none
 */
public record NamedQuery(
    QualifiedName name,
    String description,
    List<Parameter> parameters,
    Map<String, String> chart,
    @Nullable Keep keep,
    String sql,
    Set<QualifiedName> views) {

  public NamedQuery {
    parameters = List.copyOf(parameters);
    chart = Collections.unmodifiableMap(new LinkedHashMap<>(chart));
    views = Set.copyOf(views);
  }

  /**
   * One typed parameter.
   *
   * @param defaultText the value when the caller gives none, as text; null: the caller must give
   *     one
   * @param min smallest value as text; null: none
   * @param max largest value as text; null: none
   */
  public record Parameter(
      String name,
      ColumnType type,
      @Nullable String defaultText,
      @Nullable String min,
      @Nullable String max,
      @Nullable String description) {}

  /**
   * A result kept on schedule.
   *
   * @param every such as {@code daily 06:00}
   */
  public record Keep(String every, String format) {}
}
