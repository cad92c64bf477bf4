package io.sightglass.engine.views.files;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.Retention;
import io.sightglass.engine.dataset.ScanTimes;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.views.MistakeCode;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a dataset contract, {@code <schema>/<name>.yaml}. */
public final class ContractReader {

  private static final String[] KEYS = {
    "description",
    "owner",
    "grain",
    "contact",
    "source",
    "load",
    "key",
    "latest_by",
    "where",
    "partition",
    "expect",
    "retention",
    "parts",
    "control",
    "scan",
    "columns"
  };
  private static final Map<String, LoadMode> LOADS = loads();

  private final Mistakes mistakes;

  public ContractReader(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  /** The contract as far as it could be read; without a column when nothing could. */
  public DatasetDraft read(PackFile file, QualifiedName name) {
    YamlValue document = YamlDocument.read(file, mistakes);
    YamlMapping mapping = document == null ? null : document.mapping(KEYS);
    if (mapping == null) {
      return new DatasetDraft(nothing(name), file.start(), Map.of(), Map.of(), false);
    }
    Map<String, Place> columnPlaces = new LinkedHashMap<>();
    int before = mistakes.count();
    List<Column> columns = columns(mapping, columnPlaces);
    boolean complete = mistakes.count() == before;
    String description = mapping.requireText("description");
    String owner = mapping.requireText("owner");
    String grain = mapping.requireText("grain");
    List<Source> sources = sources(mapping);
    LoadMode load = load(mapping);
    List<String> key = mapping.oneOrMoreTexts("key");
    String latestBy = mapping.text("latest_by");
    checkLoad(mapping, load, sources);
    List<PartitionField> partition =
        mapping
            .find("partition")
            .map(value -> PartitionText.read(value, mistakes))
            .orElse(List.of());
    Dataset.Parts parts = parts(mapping);
    Dataset.Control control = control(mapping);
    checkParts(mapping, load);
    checkCompanion(mapping, "parts", parts == null ? null : parts.done(), sources);
    checkCompanion(mapping, "control", control == null ? null : control.path(), sources);
    Dataset dataset =
        new Dataset(
            name,
            description,
            owner,
            grain,
            contact(mapping),
            sources,
            load == null ? LoadMode.APPEND : load,
            key,
            latestBy,
            mapping.text("where"),
            partition,
            new ExpectationReader(mistakes).read(mapping),
            retention(mapping),
            parts,
            control,
            scan(mapping),
            columns);
    new ContractColumns(dataset, mapping, mistakes).check();
    return new DatasetDraft(dataset, file.start(), placesOf(mapping), columnPlaces, complete);
  }

  private static Dataset nothing(QualifiedName name) {
    return new Dataset(
        name,
        "",
        "",
        "",
        Map.of(),
        List.of(),
        LoadMode.APPEND,
        List.of(),
        null,
        null,
        List.of(),
        new Expectations(null, null, ZoneOffset.UTC, null, null),
        Retention.FOREVER,
        null,
        null,
        null,
        List.of());
  }

  private static Map<String, Place> placesOf(YamlMapping mapping) {
    Map<String, Place> places = new LinkedHashMap<>();
    for (String key : KEYS) {
      mapping.find(key).ifPresent(value -> places.put(key, value.place()));
    }
    return places;
  }

  private List<Column> columns(YamlMapping mapping, Map<String, Place> places) {
    List<Column> columns = new ArrayList<>();
    YamlValue value = mapping.require("columns");
    List<YamlValue> items = value == null ? null : value.list();
    if (value != null && items != null && items.isEmpty()) {
      value.badValue("one column or more");
    }
    for (YamlValue item : items == null ? List.<YamlValue>of() : items) {
      Column column = new ColumnReader(mistakes).read(item);
      if (column == null) {
        continue;
      }
      if (places.putIfAbsent(column.name(), item.place()) == null) {
        columns.add(column);
      } else {
        mistakes.add(
            item.place(),
            MistakeCode.DUPLICATE,
            "column \"%s\" twice".formatted(column.name()),
            "once");
      }
    }
    return columns;
  }

  private List<Source> sources(YamlMapping mapping) {
    YamlValue value = mapping.require("source");
    return value == null ? List.of() : new SourceReader(mistakes).read(value);
  }

  private @Nullable LoadMode load(YamlMapping mapping) {
    YamlValue value = mapping.require("load");
    return value == null ? null : value.oneOf(LOADS);
  }

  private void checkLoad(YamlMapping mapping, @Nullable LoadMode load, List<Source> sources) {
    if (load == LoadMode.UPSERT) {
      for (String key : List.of("key", "latest_by")) {
        if (mapping.find(key).isEmpty()) {
          mistakes.add(
              mapping.placeOf("load"),
              MistakeCode.MISSING_KEY,
              "no key \"%s\" with load: upsert; it must be there".formatted(key));
        }
      }
    }
    if (load == LoadMode.REPLACE_DATE) {
      for (Source source : sources) {
        if (!source.path().isEmpty() && !source.path().contains("%Y")) {
          mistakes.add(
              mapping.placeOf("source"),
              MistakeCode.WRONG_VALUE,
              "path \"%s\" without a date, with load: replace_date".formatted(source.path()),
              "a path with %Y, %m and %d");
        }
      }
    }
  }

  private void checkParts(YamlMapping mapping, @Nullable LoadMode load) {
    if (load != null && load != LoadMode.REPLACE_DATE && mapping.find("parts").isPresent()) {
      mistakes.add(
          mapping.placeOf("parts"),
          MistakeCode.CONFLICT,
          "parts with load: " + load.name().toLowerCase(Locale.ROOT),
          "parts with load: replace_date, whose files of one date belong together");
    }
  }

  /** Whatever such a path matches is no dump. */
  private void checkCompanion(
      YamlMapping mapping, String key, @Nullable String path, List<Source> sources) {
    for (Source source : sources) {
      String dumps = source.path();
      String beside = dumps.substring(dumps.lastIndexOf('/') + 1);
      if (path != null && !path.isEmpty() && (path.equals(dumps) || path.equals(beside))) {
        mistakes.add(
            mapping.placeOf(key),
            MistakeCode.CONFLICT,
            "%s: path \"%s\" is the dumps' own".formatted(key, path),
            "a path that no dump has");
      }
    }
  }

  private static Map<String, String> contact(YamlMapping mapping) {
    Map<String, String> contact = new LinkedHashMap<>();
    List<YamlValue.Entry> entries =
        mapping.find("contact").map(YamlValue::entries).orElse(List.of());
    for (YamlValue.Entry entry : entries) {
      String text = entry.value().scalar();
      if (text != null && entry.key().equals("runbook") && !text.matches("https?://\\S+")) {
        text = entry.value().badValue("an http or https URL");
      }
      if (text != null) {
        contact.put(entry.key(), text);
      }
    }
    return contact;
  }

  private static Retention retention(YamlMapping mapping) {
    YamlMapping retention =
        mapping
            .find("retention")
            .map(value -> value.mapping("rows", "of", "snapshots"))
            .orElse(null);
    if (retention == null) {
      return Retention.FOREVER;
    }
    Period rows = retention.find("rows").map(Quantities::duration).orElse(null);
    Period snapshots = retention.find("snapshots").map(Quantities::duration).orElse(null);
    String of = retention.text("of");
    return new Retention(rows, of == null ? Retention.FOREVER.of() : of, snapshots);
  }

  private Dataset.@Nullable Parts parts(YamlMapping mapping) {
    YamlMapping parts =
        mapping.find("parts").map(value -> value.mapping("count", "done")).orElse(null);
    if (parts == null) {
      return null;
    }
    if (parts.find("count").isPresent() == parts.find("done").isPresent()) {
      mistakes.add(
          parts.place(), MistakeCode.CONFLICT, "parts", "either count or done, one of the two");
    }
    Long count = parts.find("count").map(value -> value.integer(1, 100_000)).orElse(null);
    String done = parts.find("done").map(value -> SourceReader.path(value, mistakes)).orElse(null);
    return new Dataset.Parts(count == null ? null : count.intValue(), done);
  }

  private Dataset.@Nullable Control control(YamlMapping mapping) {
    YamlMapping control =
        mapping.find("control").map(value -> value.mapping("path", "rows", "sha256")).orElse(null);
    if (control == null) {
      return null;
    }
    YamlValue pathValue = control.require("path");
    String path = pathValue == null ? null : SourceReader.path(pathValue, mistakes);
    if (control.find("rows").isEmpty() && control.find("sha256").isEmpty()) {
      mistakes.add(
          control.place(),
          MistakeCode.MISSING_KEY,
          "neither \"rows\" nor \"sha256\"",
          "one or both");
    }
    return new Dataset.Control(
        path == null ? "" : path, control.text("rows"), control.text("sha256"));
  }

  private @Nullable ScanTimes scan(YamlMapping mapping) {
    return mapping.find("scan").map(value -> Quantities.scan(value, mistakes)).orElse(null);
  }

  private static Map<String, LoadMode> loads() {
    Map<String, LoadMode> loads = new LinkedHashMap<>();
    loads.put("append", LoadMode.APPEND);
    loads.put("replace_date", LoadMode.REPLACE_DATE);
    loads.put("replace_all", LoadMode.REPLACE_ALL);
    loads.put("upsert", LoadMode.UPSERT);
    return loads;
  }
}
