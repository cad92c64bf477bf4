package io.sightglass.engine.views.files;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.View.Materialization;
import io.sightglass.engine.views.View.Publication;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a view, {@code <schema>/<name>.sql}. */
public final class ViewFileReader {

  private static final String[] KEYS = {
    "description", "grain", "columns", "examples", "shared_with", "listed", "materialize", "publish"
  };

  /** Smallest group that is published unless the view says otherwise: the usual floor. */
  private static final int DEFAULT_K = 11;

  private final Mistakes mistakes;

  public ViewFileReader(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  /** The view as far as its file could be read. */
  public ViewDraft read(PackFile file, QualifiedName name) {
    SqlFile parts = SqlFile.read(file, mistakes);
    YamlValue document = parts.header();
    YamlMapping mapping = document == null ? null : document.mapping(KEYS);
    return mapping == null
        ? new ViewDraft(name, nothing(), parts.sql(), file.start(), Map.of(), Map.of(), List.of())
        : draft(file, name, parts.sql(), mapping);
  }

  private ViewDraft draft(PackFile file, QualifiedName name, String sql, YamlMapping mapping) {
    Map<String, Place> columnPlaces = new LinkedHashMap<>();
    Map<String, String> columns = columns(mapping, columnPlaces);
    List<String> examples = new ArrayList<>();
    List<Place> examplePlaces = new ArrayList<>();
    List<YamlValue> items = mapping.find("examples").map(YamlValue::list).orElse(List.of());
    for (YamlValue item : items) {
      String text = item.text();
      if (text != null) {
        examples.add(text);
        examplePlaces.add(item.place());
      }
    }
    View.Header header =
        new View.Header(
            mapping.requireText("description"),
            mapping.requireText("grain"),
            columns,
            examples,
            Set.copyOf(mapping.oneOrMoreTexts("shared_with")),
            mapping.find("listed").map(YamlValue::flag).orElse(false),
            materialization(mapping),
            publication(mapping));
    Map<String, Place> places = new LinkedHashMap<>();
    for (String key : KEYS) {
      mapping.find(key).ifPresent(value -> places.put(key, value.place()));
    }
    return new ViewDraft(name, header, sql, file.start(), places, columnPlaces, examplePlaces);
  }

  private static View.Header nothing() {
    return new View.Header("", "", Map.of(), List.of(), Set.of(), false, null, null);
  }

  private static Map<String, String> columns(YamlMapping mapping, Map<String, Place> places) {
    Map<String, String> columns = new LinkedHashMap<>();
    List<YamlValue.Entry> entries =
        mapping.find("columns").map(YamlValue::entries).orElse(List.of());
    for (YamlValue.Entry entry : entries) {
      String text = entry.value().text();
      places.put(entry.key(), entry.place());
      if (text != null) {
        columns.put(entry.key(), text);
      }
    }
    return columns;
  }

  private @Nullable Materialization materialization(YamlMapping mapping) {
    YamlMapping materialize =
        mapping
            .find("materialize")
            .map(value -> value.mapping("refresh", "partition"))
            .orElse(null);
    if (materialize == null) {
      return null;
    }
    YamlValue refreshValue = materialize.require("refresh");
    String refresh = refreshValue == null ? null : Quantities.daily(refreshValue, "on_load");
    List<PartitionField> partition =
        materialize
            .find("partition")
            .map(value -> PartitionText.read(value, mistakes))
            .orElse(List.of());
    return new Materialization(refresh == null ? "on_load" : refresh, partition);
  }

  private static @Nullable Publication publication(YamlMapping mapping) {
    YamlMapping publish =
        mapping.find("publish").map(value -> value.mapping("count", "k", "round")).orElse(null);
    if (publish == null) {
      return null;
    }
    YamlValue countValue = publish.require("count");
    String count = countValue == null ? null : countValue.text();
    Long k = publish.find("k").map(value -> value.integer(1, 1_000_000)).orElse((long) DEFAULT_K);
    Long round = publish.find("round").map(value -> value.integer(1, 1_000_000)).orElse(1L);
    return new Publication(count == null ? "" : count, k.intValue(), round.intValue());
  }
}
