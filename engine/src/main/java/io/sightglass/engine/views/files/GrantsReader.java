package io.sightglass.engine.views.files;

import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.files.GrantDraft.MaskDraft;
import io.sightglass.engine.views.files.GrantDraft.Placed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code <schema>/grants.yaml}: by role, which views and how. */
public final class GrantsReader {

  private final Mistakes mistakes;

  public GrantsReader(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  /** The grants as far as the file could be read, in its order. */
  public List<GrantDraft> read(PackFile file, String schema) {
    YamlValue document = YamlDocument.read(file, mistakes);
    List<YamlValue.Entry> roles = document == null ? null : document.entries();
    List<GrantDraft> grants = new ArrayList<>();
    for (YamlValue.Entry role : roles == null ? List.<YamlValue.Entry>of() : roles) {
      List<YamlValue> items = role.value().list();
      for (YamlValue item : items == null ? List.<YamlValue>of() : items) {
        GrantDraft grant = grant(role, item, schema);
        if (grant != null) {
          grants.add(grant);
        }
      }
    }
    return grants;
  }

  private @Nullable GrantDraft grant(YamlValue.Entry role, YamlValue item, String schema) {
    YamlMapping mapping = item.mapping("views", "filter", "hide", "mask", "unfiltered", "unmasked");
    if (mapping == null) {
      return null;
    }
    Map<String, Place> views = new LinkedHashMap<>();
    YamlValue viewsValue = mapping.require("views");
    if (viewsValue != null) {
      names(viewsValue, views);
    }
    Place wildcard = views.remove("*");
    Map<String, Place> hide = new LinkedHashMap<>();
    mapping.find("hide").ifPresent(value -> names(value, hide));
    return new GrantDraft(
        role.key(),
        role.place(),
        schema,
        mapping.place(),
        views,
        wildcard,
        placed(mapping.find("filter")),
        hide,
        masks(mapping),
        placed(mapping.find("unfiltered")),
        unmasked(mapping));
  }

  private void names(YamlValue value, Map<String, Place> names) {
    List<YamlValue> items = value.oneOrList();
    if (items.isEmpty()) {
      value.badValue("one name or more");
    }
    for (YamlValue item : items) {
      String name = item.text();
      if (name != null && names.putIfAbsent(name, item.place()) != null) {
        mistakes.add(item.place(), MistakeCode.DUPLICATE, item.seen() + " twice", "once");
      }
    }
  }

  private Map<String, MaskDraft> masks(YamlMapping mapping) {
    Map<String, MaskDraft> masks = new LinkedHashMap<>();
    List<YamlValue.Entry> entries = mapping.find("mask").map(YamlValue::entries).orElse(List.of());
    for (YamlValue.Entry entry : entries) {
      masks.putIfAbsent(entry.key(), mask(entry));
    }
    return masks;
  }

  private static MaskDraft mask(YamlValue.Entry entry) {
    if (!entry.value().isMapping()) {
      String with = entry.value().scalar();
      return new MaskDraft(with == null ? "" : with, null, entry.place());
    }
    YamlMapping mapping = entry.value().mapping("with", "unless");
    YamlValue withValue = mapping == null ? null : mapping.require("with");
    String with = withValue == null ? null : withValue.scalar();
    Placed unless = mapping == null ? null : placed(mapping.find("unless"));
    return new MaskDraft(with == null ? "" : with, unless, entry.place());
  }

  private static Map<String, Placed> unmasked(YamlMapping mapping) {
    Map<String, Placed> reasons = new LinkedHashMap<>();
    List<YamlValue.Entry> entries =
        mapping.find("unmasked").map(YamlValue::entries).orElse(List.of());
    for (YamlValue.Entry entry : entries) {
      Placed reason = placed(Optional.of(entry.value()));
      if (reason != null) {
        reasons.putIfAbsent(entry.key(), new Placed(reason.text(), entry.place()));
      }
    }
    return reasons;
  }

  private static @Nullable Placed placed(Optional<YamlValue> value) {
    String text = value.map(YamlValue::text).orElse(null);
    if (text != null && text.isBlank()) {
      return value.get().badValue("a text that says something");
    }
    return text == null ? null : new Placed(text, value.get().place());
  }
}
