package io.sightglass.web.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.micronaut.serde.annotation.Serdeable;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.views.NamedQuery;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A named query.
 *
 * @param address where it runs
 * @param views those that it reads
 * @param chart a hint for pages; empty: none
 * @param keep null: no result is kept on a schedule
 * @param text its SQL; null in a list
 */
@Serdeable
record QueryJson(
    String schema,
    String name,
    String description,
    String address,
    List<Parameter> parameters,
    List<String> views,
    Map<String, String> chart,
    @Nullable Keep keep,
    @Nullable String text) {

  /**
   * One parameter; values as texts, those of a list as a JSON array.
   *
   * @param required whether it has no default
   */
  @Serdeable
  record Parameter(
      String name,
      String type,
      @Nullable String description,
      boolean required,
      @JsonProperty("default") @Nullable String fallback,
      @Nullable String min,
      @Nullable String max) {}

  /** A result kept on a schedule. */
  @Serdeable
  record Keep(String every, String format) {}

  static QueryJson of(NamedQuery query, boolean withText) {
    QualifiedName name = query.name();
    NamedQuery.Keep keep = query.keep();
    return new QueryJson(
        name.schema(),
        name.name(),
        query.description(),
        "/v1/queries/%s/%s".formatted(name.schema(), name.name()),
        query.parameters().stream()
            .map(parameter ->
                new Parameter(
                    parameter.name(),
                    parameter.type().sql(),
                    parameter.description(),
                    parameter.defaultText() == null,
                    parameter.defaultText(),
                    parameter.min(),
                    parameter.max()))
            .toList(),
        query.views().stream().map(QualifiedName::toString).sorted().toList(),
        query.chart(),
        keep == null ? null : new Keep(keep.every(), keep.format()),
        withText ? query.sql() : null);
  }
}
