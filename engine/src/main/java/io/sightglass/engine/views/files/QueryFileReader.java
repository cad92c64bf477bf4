package io.sightglass.engine.views.files;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.views.NamedQuery;
import io.sightglass.engine.views.NamedQuery.Keep;
import io.sightglass.engine.views.NamedQuery.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a named query, {@code <schema>/<name>.query.sql}. */
public final class QueryFileReader {

  private static final Map<String, String> FORMATS =
      Map.of("parquet", "parquet", "csv", "csv", "arrow", "arrow");

  private final Mistakes mistakes;

  public QueryFileReader(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  /** The query as far as its file could be read. */
  public QueryDraft read(PackFile file, QualifiedName name) {
    SqlFile parts = SqlFile.read(file, mistakes);
    YamlValue document = parts.header();
    YamlMapping mapping =
        document == null ? null : document.mapping("description", "parameters", "chart", "keep");
    Map<String, Place> places = new LinkedHashMap<>();
    NamedQuery query =
        mapping == null
            ? new NamedQuery(name, "", List.of(), Map.of(), null, parts.sql(), Set.of())
            : new NamedQuery(
                name,
                mapping.requireText("description"),
                parameters(mapping, places),
                chart(mapping),
                keep(mapping),
                parts.sql(),
                Set.of());
    return new QueryDraft(query, file.start(), places);
  }

  private List<Parameter> parameters(YamlMapping mapping, Map<String, Place> places) {
    List<Parameter> parameters = new ArrayList<>();
    List<YamlValue.Entry> entries =
        mapping.find("parameters").map(YamlValue::entries).orElse(List.of());
    for (YamlValue.Entry entry : entries) {
      places.put(entry.key(), entry.place());
      parameters.add(new ParameterReader(mistakes).read(entry));
    }
    return parameters;
  }

  private static Map<String, String> chart(YamlMapping mapping) {
    Map<String, String> chart = new LinkedHashMap<>();
    List<YamlValue.Entry> entries = mapping.find("chart").map(YamlValue::entries).orElse(List.of());
    for (YamlValue.Entry entry : entries) {
      String text = entry.value().scalar();
      if (text != null) {
        chart.put(entry.key(), text);
      }
    }
    return chart;
  }

  private static @Nullable Keep keep(YamlMapping mapping) {
    YamlMapping keep =
        mapping.find("keep").map(value -> value.mapping("every", "format")).orElse(null);
    if (keep == null) {
      return null;
    }
    YamlValue everyValue = keep.require("every");
    String every = everyValue == null ? null : Quantities.daily(everyValue, "");
    String format = keep.find("format").map(value -> value.oneOf(FORMATS)).orElse("parquet");
    return new Keep(every == null ? "" : every, format);
  }
}
