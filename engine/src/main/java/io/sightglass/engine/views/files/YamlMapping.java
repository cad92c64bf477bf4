package io.sightglass.engine.views.files;

import io.sightglass.engine.Spelling;
import io.sightglass.engine.views.MistakeCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A mapping of a YAML file whose keys are known beforehand. Other keys are mistakes; one that is
 * nearly an absent key is read as that key, so that what it holds is checked all the same.
 */
public final class YamlMapping {

  private final Place place;
  private final Mistakes mistakes;
  private final Map<String, YamlValue> values = new LinkedHashMap<>();

  YamlMapping(Place place, List<String> allowed, List<YamlValue.Entry> entries, Mistakes mistakes) {
    this.place = place;
    this.mistakes = mistakes;
    for (YamlValue.Entry entry : entries) {
      if (allowed.contains(entry.key())) {
        values.putIfAbsent(entry.key(), entry.value());
      }
    }
    for (YamlValue.Entry entry : entries) {
      if (!allowed.contains(entry.key())) {
        mistakes.addUnknown(entry.place(), MistakeCode.UNKNOWN_KEY, "key", entry.key(), allowed);
        List<String> absent = allowed.stream().filter(key -> !values.containsKey(key)).toList();
        Spelling.findLikest(entry.key(), absent)
            .ifPresent(meant -> values.put(meant, entry.value()));
      }
    }
  }

  public Place place() {
    return place;
  }

  /** The place of a key's value, or of the mapping where it is absent. */
  public Place placeOf(String key) {
    YamlValue value = values.get(key);
    return value == null ? place : value.place();
  }

  public Optional<YamlValue> find(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /** The value of a key that must be there; null, and noted, where it is not. */
  public @Nullable YamlValue require(String key) {
    YamlValue value = values.get(key);
    if (value == null) {
      mistakes.add(
          place, MistakeCode.MISSING_KEY, "no key \"%s\"; it must be there".formatted(key));
    }
    return value;
  }

  /** A text that must be there and say something; empty, and noted, where it does not. */
  public String requireText(String key) {
    YamlValue value = require(key);
    String text = value == null ? null : value.text();
    if (value != null && text != null && text.isBlank()) {
      value.badValue("a text that says something");
    }
    return text == null ? "" : text.strip();
  }

  /** A text that may be absent. */
  public @Nullable String text(String key) {
    YamlValue value = values.get(key);
    return value == null ? null : value.text();
  }

  /** Texts that may be absent, as one or as a list. */
  public List<String> oneOrMoreTexts(String key) {
    YamlValue value = values.get(key);
    return value == null
        ? List.of()
        : value.oneOrList().stream()
            .map(YamlValue::text)
            .<String>mapMulti((text, next) -> {
              if (text != null) {
                next.accept(text);
              }
            })
            .toList();
  }
}
