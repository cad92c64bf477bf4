package io.sightglass.engine.views.files;

import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.dataset.Source.CsvDialect;
import io.sightglass.engine.dataset.Source.Format;
import io.sightglass.engine.views.MistakeCode;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads where a dataset's files come from and how they are written. */
final class SourceReader {

  private static final Map<String, Format> FORMATS =
      new TreeMap<>(
          Map.of(
              "csv", Format.CSV,
              "ndjson", Format.NDJSON,
              "avro", Format.AVRO,
              "parquet", Format.PARQUET));

  private final Mistakes mistakes;

  SourceReader(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  List<Source> read(YamlValue value) {
    List<Source> sources = new ArrayList<>();
    for (YamlValue item : value.oneOrList()) {
      YamlMapping mapping = item.mapping("path", "format", "csv");
      if (mapping != null) {
        sources.add(source(mapping));
      }
    }
    if (sources.isEmpty() && !value.isMapping() && value.oneOrList().isEmpty()) {
      value.badValue("one source or more");
    }
    return sources;
  }

  private Source source(YamlMapping mapping) {
    YamlValue pathValue = mapping.require("path");
    String path = pathValue == null ? null : path(pathValue, mistakes);
    YamlValue formatValue = mapping.require("format");
    Format format = formatValue == null ? null : formatValue.oneOf(FORMATS);
    CsvDialect csv = mapping.find("csv").map(this::dialect).orElse(CsvDialect.DEFAULT);
    return new Source(path == null ? "" : path, format == null ? Format.CSV : format, csv);
  }

  /** A pattern below a folder; null, and noted, when it is none. */
  static @Nullable String path(YamlValue value, Mistakes mistakes) {
    String path = value.text();
    if (path == null) {
      return null;
    }
    if (path.isBlank()
        || path.startsWith("/")
        || path.contains("\\")
        || path.contains("//")
        || path.contains("://")
        || List.of(path.split("/", -1)).contains("..")) {
      return value.badValue("a path below the landing bucket, without \"..\" and scheme");
    }
    for (int at = path.indexOf('%'); at >= 0; at = path.indexOf('%', at + 2)) {
      if (at + 1 == path.length() || "YmdH".indexOf(path.charAt(at + 1)) < 0) {
        String seen = path.substring(at, Math.min(at + 2, path.length()));
        mistakes.add(
            value.place(),
            MistakeCode.WRONG_VALUE,
            "%s has \"%s\"".formatted(value.seen(), seen),
            "%Y %m %d %H and * ? ** only");
        return null;
      }
    }
    return path;
  }

  private CsvDialect dialect(YamlValue value) {
    YamlMapping csv =
        value.mapping("delimiter", "quote", "escape", "encoding", "header", "null_text");
    CsvDialect standard = CsvDialect.DEFAULT;
    if (csv == null) {
      return standard;
    }
    char delimiter = sign(csv, "delimiter", standard.delimiter());
    if (delimiter == '\0') {
      mistakes.add(
          csv.placeOf("delimiter"),
          MistakeCode.WRONG_VALUE,
          "delimiter",
          "one character, no line end");
    }
    char quote = sign(csv, "quote", standard.quote());
    // A quote of another kind is doubled inside itself, unless the contract says otherwise.
    char escape = sign(csv, "escape", quote);
    if (quote == delimiter) {
      mistakes.add(
          csv.placeOf("quote"),
          MistakeCode.CONFLICT,
          "quote is the delimiter",
          "another character");
    }
    if (escape == delimiter && escape != quote) {
      mistakes.add(
          csv.placeOf("escape"),
          MistakeCode.CONFLICT,
          "escape is the delimiter",
          "another character");
    }
    Boolean header = csv.find("header").map(YamlValue::flag).orElse(standard.header());
    String encoding = csv.find("encoding").map(SourceReader::encoding).orElse(standard.encoding());
    Optional<YamlValue> nullText = csv.find("null_text");
    return new CsvDialect(
        delimiter,
        quote,
        escape,
        encoding,
        header,
        nullText.map(SourceReader::scalars).orElse(standard.nullText()));
  }

  private static char sign(YamlMapping csv, String key, char standard) {
    YamlValue value = csv.find(key).orElse(null);
    String text = value == null ? null : value.text();
    if (value == null || text == null) {
      return standard;
    }
    if (text.length() > 1 || (text.isEmpty() && key.equals("delimiter"))) {
      value.badValue("one character");
      return standard;
    }
    if (!text.isEmpty() && (text.charAt(0) > 126 || text.equals("\n") || text.equals("\r"))) {
      // Files are split by bytes, and beyond ASCII a character is several.
      value.badValue("one character of ASCII, no line end");
      return standard;
    }
    return text.isEmpty() ? '\0' : text.charAt(0);
  }

  private static @Nullable String encoding(YamlValue value) {
    String name = value.text();
    if (name == null) {
      return null;
    }
    try {
      if (Charset.isSupported(name)) {
        return name;
      }
    } catch (IllegalCharsetNameException e) {
      // Said below, like any other name that no encoding has.
    }
    return value.badValue("an encoding such as utf-8, utf-16 or windows-1252");
  }

  /** The values of a list as they are written; one value stands for a list of it. */
  static List<String> scalars(YamlValue value) {
    List<String> texts = new ArrayList<>();
    for (YamlValue item : value.oneOrList()) {
      String text = item.scalar();
      if (text != null) {
        texts.add(text);
      }
    }
    return texts;
  }
}
