package io.sightglass.engine.dataset;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the text of a source becomes the value of a column.
 *
 * @param formats strptime patterns, tried in order; empty means ISO 8601
 * @param zone where a text without a zone was written
 * @param decimal the decimal separator
 * @param thousands the separator between thousands; null: none is accepted
 * @param trueText texts that mean true; empty means {@code true}
 * @param falseText texts that mean false; empty means {@code false}
 */
public record TextFormat(
    List<String> formats,
    ZoneId zone,
    char decimal,
    @Nullable Character thousands,
    List<String> trueText,
    List<String> falseText) {

  public static final TextFormat DEFAULT =
      new TextFormat(List.of(), ZoneOffset.UTC, '.', null, List.of(), List.of());

  public TextFormat {
    formats = List.copyOf(formats);
    trueText = List.copyOf(trueText);
    falseText = List.copyOf(falseText);
  }
}
