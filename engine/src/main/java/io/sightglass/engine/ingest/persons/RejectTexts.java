package io.sightglass.engine.ingest.persons;

import static io.sightglass.engine.duckdb.Quoted.text;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Source;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Every text in a rejected row that may be a value of it, in SQL: between what divides values in
 * any format, by the cells of the contract's own dialects, and between quotes. Stateless.
 */
final class RejectTexts {

  private static final String BETWEEN_VALUES = "[,;|\\t\\n\\r\"'':{}\\[\\]]+";

  private RejectTexts() {}

  /** A list of them, over the columns {@code record} and {@code value}. */
  static String of(Dataset dataset) {
    Set<String> lists = new LinkedHashSet<>();
    lists.add(
        "string_split_regex(concat_ws(chr(10), record, \"value\"), '%s')"
            .formatted(BETWEEN_VALUES));
    lists.add("[\"value\"]");
    lists.add(
        unquoted(
            "regexp_extract_all(record, %s, 1)".formatted(text("\"((?:[^\"\\\\]|\\\\.|\"\")*)\"")),
            '"'));
    for (Source source : dataset.sources()) {
      if (source.format() == Source.Format.CSV) {
        for (char quote : List.of('"', source.csv().quote())) {
          lists.add(cells(source.csv().delimiter(), quote));
        }
      }
    }
    return "list_distinct(list_concat(%s))".formatted(String.join(", ", lists));
  }

  /** The cells of a line, without the quotes around them. */
  private static String cells(char delimiter, char quote) {
    String delimits = inClass(delimiter) + "\\n\\r";
    String quotes = inClass(quote);
    String quoted = "[%1$s](?:[^%1$s]|[%1$s]{2})*[%1$s]".formatted(quotes);
    String cells =
        "regexp_extract_all(record, %s, 1)"
            .formatted(text("(?:^|[%1$s])(%2$s|[^%1$s]*)".formatted(delimits, quoted)));
    String inner =
        "CASE WHEN starts_with(_cell, %1$s) AND suffix(_cell, %1$s) THEN substr(_cell, 2, length(_cell) - 2) ELSE _cell END"
            .formatted(text(String.valueOf(quote)));
    return unquoted("[%s FOR _cell IN %s]".formatted(inner, cells), quote);
  }

  /** Texts as they are between quotes, with what was written twice or by JSON's rules undone. */
  private static String unquoted(String texts, char quote) {
    return "[CASE WHEN json_valid('\"' || _text || '\"') THEN CAST('\"' || _text || '\"' AS JSON)->>'$' ELSE replace(_text, %s, %s) END FOR _text IN %s]"
        .formatted(text(String.valueOf(quote).repeat(2)), text(String.valueOf(quote)), texts);
  }

  private static String inClass(char one) {
    return Character.isLetterOrDigit(one) ? String.valueOf(one) : "\\x{%x}".formatted((int) one);
  }
}
