package io.sightglass.engine.views.files;

import io.sightglass.engine.views.MistakeCode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Reads YAML 1.2 text (core schema) into values that know their lines. Stateless. */
public final class YamlDocument {

  private static final int MOST_NESTED = 30;

  private YamlDocument() {}

  /**
   * The document of a file.
   *
   * @return null when it is empty or not valid, which is then among the mistakes
   */
  public static @Nullable YamlValue read(PackFile file, Mistakes mistakes) {
    return read(file, file.text(), mistakes);
  }

  /**
   * The document in a part of a file.
   *
   * @param text with as many lines before it as stand before it in the file
   */
  static @Nullable YamlValue read(PackFile file, String text, Mistakes mistakes) {
    LoadSettings settings =
        LoadSettings.builder().setSchema(new CoreSchema()).setAllowDuplicateKeys(true).build();
    try {
      if (isNestedTooDeep(text, settings, file, mistakes)) {
        return null;
      }
      Optional<Node> root = new Compose(settings).composeString(text);
      if (root.isEmpty()) {
        mistakes.add(file.start(), MistakeCode.INVALID_YAML, "nothing", "a mapping of keys");
        return null;
      }
      return new YamlValue(file.path(), "the document", root.get(), mistakes);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().or(e::getContextMark).map(mark -> mark.getLine() + 1).orElse(1);
      mistakes.add(
          new Place(file.path(), line),
          MistakeCode.INVALID_YAML,
          String.valueOf(e.getProblem()),
          "valid YAML; texts with [ ] { } : # in quotes, such as \"VARCHAR[]\"");
    } catch (ReaderException e) {
      mistakes.add(
          new Place(file.path(), lineOf(text, e.getPosition())),
          MistakeCode.INVALID_YAML,
          "character U+%04X".formatted(e.getCodePoint()),
          "printable characters");
    } catch (YamlEngineException e) {
      mistakes.add(
          file.start(), MistakeCode.INVALID_YAML, String.valueOf(e.getMessage()), "valid YAML");
    }
    return null;
  }

  /** The composer is recursive: what it may be given is measured without recursion first. */
  private static boolean isNestedTooDeep(
      String text, LoadSettings settings, PackFile file, Mistakes mistakes) {
    int depth = 0;
    for (Event event : new Parse(settings).parseString(text)) {
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> depth++;
        case MappingEnd, SequenceEnd -> depth--;
        case Alias, Comment, DocumentEnd, DocumentStart, Scalar, StreamEnd, StreamStart -> {}
      }
      if (depth > MOST_NESTED) {
        int line = event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
        mistakes.add(
            new Place(file.path(), line),
            MistakeCode.INVALID_YAML,
            "values nested more than " + MOST_NESTED + " deep",
            "at most " + MOST_NESTED);
        return true;
      }
    }
    return false;
  }

  private static int lineOf(String text, int index) {
    return 1 + (int) text.codePoints().limit(Math.max(0, index)).filter(c -> c == '\n').count();
  }
}
