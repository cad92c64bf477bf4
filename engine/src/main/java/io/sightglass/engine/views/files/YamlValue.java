package io.sightglass.engine.views.files;

import io.sightglass.engine.views.MistakeCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A value of a YAML file with its place and its key. Whoever asks it for a type that it is not gets
 * null, and the mistake is noted; so reading goes on and finds the next one.
 */
public final class YamlValue {

  /** A key of a mapping whose keys are names, with its value. */
  public record Entry(String key, Place place, YamlValue value) {}

  private final String path;
  private final String label;
  private final Node node;
  private final Mistakes mistakes;

  YamlValue(String path, String label, Node node, Mistakes mistakes) {
    this.path = path;
    this.label = label;
    this.node = node;
    this.mistakes = mistakes;
  }

  public Place place() {
    return placeOf(node);
  }

  Mistakes mistakes() {
    return mistakes;
  }

  /** A text; numbers and flags are none unless quoted. */
  public @Nullable String text() {
    return (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.STR))
        ? scalar.getValue()
        : wrong("text");
  }

  /** Text, number or flag, as it is written. A spelled-out {@code null} is its text too. */
  public @Nullable String scalar() {
    return (node instanceof ScalarNode scalar && isWritten(scalar))
        ? scalar.getValue()
        : wrong("one value");
  }

  public @Nullable Boolean flag() {
    return (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.BOOL))
        ? Boolean.valueOf(scalar.getValue())
        : wrong("true, false");
  }

  /** A whole number in the range. */
  public @Nullable Long integer(long min, long max) {
    String allowed = "a whole number from %d to %d".formatted(min, max);
    if (!(node instanceof ScalarNode scalar) || !scalar.getTag().equals(Tag.INT)) {
      return wrong(allowed);
    }
    try {
      long number = Long.parseLong(scalar.getValue());
      return number >= min && number <= max ? Long.valueOf(number) : badValue(allowed);
    } catch (NumberFormatException e) {
      return badValue(allowed);
    }
  }

  /** A number in the range, whole or not. */
  public @Nullable Double number(double min, double max) {
    String allowed = "a number from %s to %s".formatted(plain(min), plain(max));
    if (!(node instanceof ScalarNode scalar)
        || !(scalar.getTag().equals(Tag.INT) || scalar.getTag().equals(Tag.FLOAT))) {
      return wrong(allowed);
    }
    try {
      double number = Double.parseDouble(scalar.getValue());
      return number >= min && number <= max ? Double.valueOf(number) : badValue(allowed);
    } catch (NumberFormatException e) {
      return badValue(allowed);
    }
  }

  /** One of a few words. */
  public <T> @Nullable T oneOf(Map<String, T> words) {
    String word = scalar();
    if (word == null) {
      return null;
    }
    T found = words.get(word);
    if (found == null) {
      mistakes.addUnknown(place(), MistakeCode.WRONG_VALUE, label, word, words.keySet());
    }
    return found;
  }

  /** The values of a list. */
  public @Nullable List<YamlValue> list() {
    return node instanceof SequenceNode ? items() : wrong("a list");
  }

  /** The values of a list, or the one value that stands in its place. */
  public List<YamlValue> oneOrList() {
    return node instanceof SequenceNode ? items() : List.of(this);
  }

  /** The texts of a list; those that are none are left out. */
  public List<String> texts() {
    List<String> texts = new ArrayList<>();
    List<YamlValue> values = list();
    for (YamlValue value : values == null ? List.<YamlValue>of() : values) {
      String text = value.text();
      if (text != null) {
        texts.add(text);
      }
    }
    return texts;
  }

  /** Whether it is a mapping; notes nothing. */
  public boolean isMapping() {
    return node instanceof MappingNode;
  }

  /** A mapping whose keys are known beforehand. */
  public @Nullable YamlMapping mapping(String... allowed) {
    List<Entry> entries = entries();
    return entries == null ? null : new YamlMapping(place(), List.of(allowed), entries, mistakes);
  }

  /** A mapping whose keys are names, in their order, each once. */
  public @Nullable List<Entry> entries() {
    if (!(node instanceof MappingNode mapping)) {
      return wrong("a mapping of keys");
    }
    List<Entry> entries = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (NodeTuple tuple : FlowText.tuples(mapping.getValue())) {
      Place keyPlace = placeOf(tuple.getKeyNode());
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        mistakes.add(keyPlace, MistakeCode.WRONG_TYPE, label + ": a key that is no text", "a name");
        continue;
      }
      if (!seen.add(key.getValue())) {
        mistakes.add(
            keyPlace, MistakeCode.DUPLICATE, "key \"%s\" twice".formatted(key.getValue()), "once");
      }
      entries.add(
          new Entry(
              key.getValue(),
              keyPlace,
              new YamlValue(path, key.getValue(), tuple.getValueNode(), mistakes)));
    }
    return entries;
  }

  /** Notes that the value is not among those allowed, and gives null of any type. */
  @SuppressWarnings("TypeParameterUnusedInFormals")
  public <T> @Nullable T badValue(String allowed) {
    mistakes.add(place(), MistakeCode.WRONG_VALUE, seen(), allowed);
    return null;
  }

  /** Its key and what stands there, for a mistake. */
  public String seen() {
    return switch (node) {
      case ScalarNode scalar when scalar.getTag().equals(Tag.STR) ->
          "%s \"%s\"".formatted(label, shortened(scalar.getValue()));
      case ScalarNode scalar when isWritten(scalar) ->
          "%s %s".formatted(label, shortened(scalar.getValue()));
      case ScalarNode nothing -> label + " without a value";
      case SequenceNode list -> label + ": a list";
      default -> label + ": a mapping";
    };
  }

  private List<YamlValue> items() {
    return FlowText.items(((SequenceNode) node).getValue()).stream()
        .map(item -> new YamlValue(path, label, item, mistakes))
        .toList();
  }

  @SuppressWarnings("TypeParameterUnusedInFormals")
  private <T> @Nullable T wrong(String allowed) {
    mistakes.add(place(), MistakeCode.WRONG_TYPE, seen(), allowed);
    return null;
  }

  private Place placeOf(Node at) {
    return new Place(path, at.getStartMark().map(mark -> mark.getLine() + 1).orElse(1));
  }

  private static boolean isWritten(ScalarNode scalar) {
    return !scalar.getTag().equals(Tag.NULL) || scalar.getValue().equalsIgnoreCase("null");
  }

  private static String shortened(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.length() <= 80 ? line : line.substring(0, 80) + "…";
  }

  private static String plain(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? String.valueOf((long) number)
        : String.valueOf(number);
  }
}
